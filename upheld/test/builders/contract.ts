import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import type { UpheldOptions } from '../../src/index.ts'
import type { TestPlatform } from '../../src/testing/index.ts'
import { isolationTests } from './contract-isolation.ts'
import { failureTests } from './contract-failures.ts'
import { openStage, type Stage } from './stage.ts'
import { codesOf, type Trial } from './subjects/subject.ts'

/** What every builder must keep, over whatever way its platform reaches the database. */
export function contract(
  platform: () => Promise<TestPlatform>,
  trial: Trial,
  way: string,
  optionsOf: (appUrl: string) => Partial<UpheldOptions> = () => ({}),
): void {
  void suite(`${trial.name}, ${way}`, () => {
    let opened: Stage | undefined
    const stage = (): Stage => {
      assert.ok(opened)
      return opened
    }
    before(async () => {
      opened = await openStage(await platform(), trial, optionsOf)
    })
    beforeEach(() => opened?.reset())
    after(() => opened?.close())

    isolationTests(stage)
    transactionTests(stage)
    contendingTests(stage)
    preparedTests(stage)
    failureTests(stage)
  })
}

function transactionTests(stage: () => Stage): void {
  void test('a transaction commits as a whole and rolls back as a whole', async () => {
    const { ours } = stage()
    await ours.transaction(async tx => {
      await tx.addAuthor({ id: 10, name: 'kept' })
      assert.equal((await tx.author(10))?.name, 'kept')
      assert.equal(await ours.author(10), undefined, 'nobody outside sees it yet')
    })
    const boom = new Error('boom')
    const lost = ours.transaction(async tx => {
      await tx.addAuthor({ id: 11, name: 'lost' })
      throw boom
    })
    await assert.rejects(lost, boom)
    assert.deepEqual(
      (await ours.authors()).map(({ id }) => id),
      [1, 10],
    )
  })

  void test('a nested transaction that throws takes back its own part alone, also after a failed statement', async () => {
    const { ours } = stage()
    await ours.transaction(async tx => {
      await tx.addAuthor({ id: 10, name: 'outer' })
      await tx.transaction(inner => inner.addAuthor({ id: 11, name: 'kept inside' }))
      const failed = tx.transaction(async inner => {
        await inner.addAuthor({ id: 12, name: 'lost inside' })
        await inner.addAuthor({ id: 10, name: 'a second outer' })
      })
      await assert.rejects(failed)
      await tx.addAuthor({ id: 13, name: 'after' })
    })
    assert.deepEqual(
      (await ours.authors()).map(({ id }) => id),
      [1, 10, 11, 13],
    )
  })
}

function contendingTests(stage: () => Stage): void {
  void test('two serializable transactions that read what the other writes do not both commit, and the loser learns 40001', async () => {
    const { ours } = stage()
    const bothRead = barrier(2)
    const outcomes = await Promise.allSettled(
      [20, 21].map(id =>
        ours.transaction(
          async tx => {
            const seen = (await tx.authors()).length
            await bothRead()
            await tx.addAuthor({ id, name: `number ${seen} ${id}` })
          },
          { serializable: true },
        ),
      ),
    )
    const lost = outcomes.filter(one => one.status === 'rejected')
    assert.equal(lost.length, 1)
    const codes = codesOf(lost[0]?.reason)
    assert.ok(
      codes.includes('40001') || codes.includes('TransactionWriteConflict') || codes.includes('P2034'),
      String(codes),
    )
    assert.equal((await ours.authors()).length, 2)
  })

  void test('many transactions at once on few connections all end', async () => {
    const { ours } = stage()
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        ours.transaction(async tx => {
          await tx.addAuthor({ id: 100 + index, name: `n${index}` })
          await tx.author(1)
        }),
      ),
    )
    assert.equal((await ours.authors()).length, 13)
  })
}

/** Resolves for everybody when so many have come. */
function barrier(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  let come = 0
  return async () => {
    if (++come === count) resolve(undefined)
    await promise
  }
}

function preparedTests(stage: () => Stage): void {
  void test('one text on several connections at once, with other values each time', async () => {
    const { ours } = stage()
    const rows = await Promise.all(
      Array.from({ length: 60 }, (_, index) => ours.raw('select $1::int + 1 as next', [index])),
    )
    assert.deepEqual(
      rows.map(([row]) => row?.['next']),
      Array.from({ length: 60 }, (_, index) => index + 1),
    )
  })

  void test('more than 500 texts, and the first of them again', async () => {
    const { ours } = stage()
    for (const round of [1, 2]) {
      for (let index = 0; index < 520; index++) {
        const [row] = await ours.raw(`select ${index} as text_number, $1::int as round`, [round])
        assert.deepEqual({ ...row }, { text_number: index, round })
      }
    }
  })

  void test('a table that changes under a prepared statement is read anew, also at the beginning of a transaction', async () => {
    const { ours, platform } = stage()
    const columns = async (of = ours) => Object.keys((await of.raw('select * from shelf.author where id = 1'))[0] ?? {})
    const inTransactions = () => Promise.all([ours.transaction(tx => columns(tx)), ours.transaction(tx => columns(tx))])
    const narrow = ['organization_id', 'id', 'name']
    for (let times = 0; times < 3; times++) assert.deepEqual(await columns(), narrow)
    assert.deepEqual(await inTransactions(), [narrow, narrow])
    await platform.admin.query('alter table shelf.author add column born date')
    try {
      assert.deepEqual(await inTransactions(), [
        [...narrow, 'born'],
        [...narrow, 'born'],
      ])
      assert.deepEqual(await columns(), [...narrow, 'born'])
    } finally {
      await platform.admin.query('alter table shelf.author drop column born')
    }
    assert.deepEqual(await columns(), narrow)
  })
}
