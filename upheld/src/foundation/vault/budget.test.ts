import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { newOrganizationId } from '../../core/ids.ts'
import { testKeys } from '../../../test/vault-keys/keys.ts'
import { budgetLimits, openBudget, type Budget } from './budget.ts'
import { openChain } from './chain.ts'
import { openVault } from './vault.ts'

const mib = 2 ** 20

function budgetAt(already: number): { readonly budget: Budget; readonly warned: string[] } {
  const warned: string[] = []
  return { budget: openBudget({ onWarning: id => warned.push(id), already: () => already }), warned }
}

suite('more messages than one key may seal', () => {
  test('at 2^45 it is said once, and sealing goes on', () => {
    const { budget, warned } = budgetAt(budgetLimits.warn - 2)
    budget.spend('a', 64)
    assert.deepEqual(warned, [])
    for (let more = 0; more < 5; more++) budget.spend('a', 64)
    assert.deepEqual(warned, ['a'])
    budget.spend('b', 64)
    assert.deepEqual(warned, ['a'])
  })

  test('at the limit of the specification it is refused, and stays refused', () => {
    // A number as large as this cannot be counted up by one; the count can.
    const { budget } = budgetAt(budgetLimits.refuse - 8)
    for (let more = 0; more < 7; more++) budget.spend('a', 64)
    for (let more = 0; more < 3; more++)
      assert.throws(() => budget.spend('a', 64), { code: 'vault.budget_spent', status: 503 })
  })

  test('messages of more than 32 MiB cost as the table of the specification says', () => {
    const table: [bytes: number, messages: number][] = [
      [2 ** 30, 2 ** 45],
      [32 * 2 ** 30, 2 ** 35],
      [2 ** 40, 2 ** 25],
      [32 * 2 ** 40, 2 ** 15],
      [2 ** 50, 32],
      [4 * 2 ** 50, 2],
    ]
    for (const [bytes, messages] of table) {
      const each = 2 ** 55 / messages
      const { budget } = budgetAt(2 ** 55 - 2 * each)
      budget.spend('a', bytes)
      assert.throws(() => budget.spend('a', bytes), { code: 'vault.budget_spent' }, `${bytes}`)
      budget.spend('a', 32 * mib)
    }
  })

  test('each key has its own', () => {
    const budget = openBudget({ onWarning: () => undefined, already: id => (id === 'a' ? 2 ** 55 : 0) })
    assert.throws(() => budget.spend('a', 1), { code: 'vault.budget_spent' })
    budget.spend('b', 1)
  })

  test('A5.18 the vault counts what it seals: it says so once, then refuses, and goes on opening', async () => {
    const keys = testKeys()
    try {
      const [organization, place] = [newOrganizationId(), { table: 'ward.token', column: 'secret', row: 'one' }]
      const warned: string[] = []
      const vaultAfter = (before: number) =>
        openVault({
          chain: openChain(keys.ports),
          deployment: keys.ports.deployment,
          onBudgetWarning: id => warned.push(id),
          sealedBefore: () => before,
        })
      const early = vaultAfter(budgetLimits.warn - 1)
      const envelope = await early.seal(organization, place, 'a secret')
      await early.seal(organization, place, 'a secret')
      assert.deepEqual(warned, [envelope.toString('hex', 4, 12)])
      const late = vaultAfter(budgetLimits.refuse - 4)
      await assert.rejects(Promise.all(Array.from({ length: 5 }, () => late.seal(organization, place, 'a secret'))), {
        code: 'vault.budget_spent',
      })
      assert.equal((await late.open(organization, place, envelope)).reveal(), 'a secret')
    } finally {
      keys.remove()
    }
  })
})
