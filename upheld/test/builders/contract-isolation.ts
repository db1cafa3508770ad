import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Stage } from './stage.ts'
import { codesOf } from './subjects/subject.ts'

/** Texts that reach past one statement of one organization. The gate stops them, or the server does for us. */
const refused = [
  'set role postgres',
  "set upheld.context = ''",
  'reset all',
  'begin; select 1; commit',
  'commit; select 1',
  'commit and chain',
  'rollback; set role postgres',
  'savepoint a; select 1',
  'select 1; delete from shelf.author',
  'copy shelf.author to stdout',
  'explain select * from shelf.author',
  'declare c cursor with hold for select 1',
  'prepare p as select 1',
  'prepare transaction $$p$$',
  'deallocate all',
  'discard all',
  'listen everything',
  'lock table shelf.author',
  'do $$ begin end $$',
  'truncate shelf.author',
  'create table shelf.mine ()',
  'call p()',
  'show all',
  '/* select */ set role none',
  '',
]

export function isolationTests(stage: () => Stage): void {
  rowTests(stage)
  sessionTests(stage)
}

function rowTests(stage: () => Stage): void {
  void test('an insert that does not name its organization is of its own, and reads see nothing else', async () => {
    const { ours, theirs, acme } = stage()
    await ours.addAuthor({ id: 2, name: 'Bea' })
    await ours.addBook(1, 2, 'by Bea')
    assert.deepEqual(await ours.authors(), [
      { id: 1, name: 'Ann of acme' },
      { id: 2, name: 'Bea' },
    ])
    assert.deepEqual(await ours.shelf(), [
      { author: 'Ann of acme', titles: [] },
      { author: 'Bea', titles: ['by Bea'] },
    ])
    assert.deepEqual(await theirs.shelf(), [
      { author: 'Olga of other', titles: ['theirs'] },
      { author: 'Otto of other', titles: [] },
    ])
    assert.deepEqual(
      (await ours.raw('select distinct organization_id::text as id from shelf.author')).map(row => row['id']),
      [acme.id],
    )
  })

  void test('an insert and a move into another organization are refused, with the SQLSTATE in reach', async () => {
    const { ours, theirs, other } = stage()
    for (const attempt of [() => ours.addAuthor({ id: 9, name: 'x' }, other.id), () => ours.moveTo(other.id)]) {
      await assert.rejects(attempt, error => codesOf(error).includes('42501'))
    }
    assert.equal((await theirs.authors()).length, 2)
  })

  void test('an update without a condition and a delete that names another organization stay at home', async () => {
    const { ours, theirs, other } = stage()
    assert.equal(await ours.renameAll('renamed '), 1)
    assert.equal(await ours.removeOf(other.id), 0)
    assert.deepEqual(await ours.authors(), [{ id: 1, name: 'renamed 1' }])
    assert.deepEqual(
      (await theirs.authors()).map(({ name }) => name),
      ['Olga of other', 'Otto of other'],
    )
  })

  void test('a row of another organization cannot be referred to, and raw SQL with its id finds nothing', async () => {
    const { ours, other } = stage()
    await assert.rejects(ours.addBook(2, 2, 'of Otto'), error => codesOf(error).includes('23503'))
    for (const text of [
      `select * from shelf.author where organization_id = '${other.id}'`,
      `select * from shelf.author union all select * from shelf.author where name like '%other'`,
      `select b.* from shelf.author a join shelf.book b on true where a.id = 1 or 1 = 1`,
      `with stolen as (update shelf.author set name = 'x' where organization_id = '${other.id}' returning *) select * from stolen`,
    ]) {
      for (const row of await ours.raw(text)) assert.notEqual(row['organization_id'], other.id, text)
    }
  })
}

function sessionTests(stage: () => Stage): void {
  void test('statements that touch the session are refused with a code, inside and outside a transaction', async () => {
    const { ours } = stage()
    for (const text of refused) {
      await assert.rejects(
        ours.raw(text),
        error => codesOf(error).includes('tenancy.statement_refused'),
        `outside: ${text}`,
      )
    }
    for (const text of ['set role postgres', 'commit; select 1', 'select 1; commit', 'rollback; select 1']) {
      const inside = ours.transaction(async tx => {
        await tx.addAuthor({ id: 77, name: 'not kept' })
        await tx.raw(text)
      })
      await assert.rejects(inside, error => codesOf(error).includes('tenancy.statement_refused'), `inside: ${text}`)
    }
    assert.equal(await ours.author(77), undefined)
  })

  void test('functions that reach past the organization are closed to its SQL', async () => {
    const { ours, other } = stage()
    for (const text of [
      "select set_config('upheld.context', '', false)",
      "select query_to_xml('select * from shelf.author', true, true, '')",
      "select upheld.cross_organizations('I am curious about others')",
      'select pg_sleep(1)',
    ]) {
      await assert.rejects(ours.raw(text), Error, text)
    }
    const rows = await ours.raw('select organization_id::text as id from shelf.author')
    assert.ok(rows.length > 0 && rows.every(row => row['id'] !== other.id))
  })

  void test('two organizations interleaved on the same few connections: 0 wrong of 1200', async () => {
    const { ours, theirs } = stage()
    let wrong = 0
    await Promise.all(
      Array.from({ length: 1200 }, async (_, index) => {
        const [subject, name] = index % 2 === 0 ? [ours, 'Ann of acme'] : [theirs, 'Olga of other']
        const found = await subject.author(1)
        if (found?.name !== name) wrong++
      }),
    )
    assert.equal(wrong, 0)
  })
}
