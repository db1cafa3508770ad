import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { attackRows } from '../../src/proof/probes/isolation-rows/prober.ts'
import { proveSystem, type ProvenSystem } from './system.ts'

const knots = { tenantSchemas: ['knots'], migrations: new URL('../schemas/knots/', import.meta.url) }

suite('tables that take no row that is not thought out', () => {
  let system: ProvenSystem
  const attacked = new Map<string, Set<string>>()
  const refuted: string[] = []
  before(async () => {
    system = await proveSystem(knots)
    await attackRows(system.stage.live, {
      population: () => undefined,
      observe(attack, where) {
        attacked.set(where, (attacked.get(where) ?? new Set()).add(attack))
      },
      refute: ({ attack, where, saw }) => void refuted.push(`${attack} at ${where}: ${saw}`),
      signal: new AbortController().signal,
    })
  })
  after(() => system.close())

  test('none of them lets an attack through', () => {
    assert.deepEqual(refuted, [])
  })

  const tables = [
    ['a row that must point at itself', 'knots.self'],
    ['a row that must point at itself by a key that is chosen', 'knots.ring'],
    ['two tables that demand each other at once: the first', 'knots.team'],
    ['two tables that demand each other at once: the second', 'knots.person'],
    ['three that demand each other in the end: the first', 'knots.sun'],
    ['three that demand each other in the end: the second', 'knots.earth'],
    ['three that demand each other in the end: the third', 'knots.moon'],
    ['a check over several foreign keys', 'knots.attachment'],
    ['a trigger that looks at three columns', 'knots.orders'],
    ['ranges that may not be empty, nor long', 'knots.booking'],
  ] as const
  for (const [name, table] of tables) {
    test(`${name} is given a canary and attacked`, () => {
      const attacks = attacked.get(table) ?? new Set()
      for (const attack of ['read', 'update', 'insert for them', 'expired context'])
        assert.ok(attacks.has(attack), attack)
    })
  }

  test('nothing stays in them', async () => {
    for (const [, table] of tables) {
      const { rowCount } = await system.admin.query(`select 1 from ${table}`)
      assert.equal(rowCount, 0, table)
    }
  })
})
