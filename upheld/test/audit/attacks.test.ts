import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { openSuccessors, readAuditLog, type AuditView, type Recorder } from '../../src/foundation/audit/index.ts'
import {
  emptyTree,
  growTree,
  leafHash,
  openCheckpoint,
  parseVerifierKey,
  rootFromEdge,
  signCheckpoint,
  treeRoot,
} from '../../src/core/transparency/index.ts'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import { clear, host, openLab, type Lab } from './lab.ts'
import { codeOf, textOf } from './told.ts'
import { keepCopy, putBack } from './turned-back.ts'

/** A log of 300 leaves, one full tile and 44 behind it, and another organization's beside it. */
async function filled(lab: Lab): Promise<{ o: Organization; other: Organization; recorder: Recorder }> {
  const [o, other] = [await lab.tenancy.createOrganization(), await lab.tenancy.createOrganization()]
  const recorder = await lab.recorder()
  for (const one of [o, other]) {
    await one.transaction(async tx => {
      for (let i = 0; i < 300; i += 1)
        await tx.sql`insert into shop.event (organization_id, id, day) values (${one.id}, ${i}, '2026-01-01')`
    })
  }
  await lab.drain(recorder)
  return { o, other, recorder }
}

suite('attacks on logs that are written', () => {
  let lab: Lab
  let o: Organization
  let other: Organization
  let recorder: Recorder
  let log = ''
  before(async () => {
    lab = await openLab()
    ;({ o, other, recorder } = await filled(lab))
    log = await logOf(o)
  })
  after(() => lab.close())

  const logOf = async (one: Organization): Promise<string> =>
    String(
      (
        await lab.admin.query('select id from upheld_audit.log where organization_id = $1 and closed_at is null', [
          one.id,
        ])
      ).rows[0]?.['id'],
    )
  const read = (one: Organization = o): Promise<AuditView> => readAuditLog(lab.record, one.id, recorder.keys)
  const add = (one: Organization, id: number) =>
    one.sql`insert into shop.event (organization_id, id, day) values (${one.id}, ${id}, '2026-01-01')`

  /** Damages the log, looks, and puts everything back as it was. */
  async function damaged(statements: readonly string[], look: () => Promise<void>): Promise<void> {
    const tables = ['leaf', 'tile', 'log']
    await lab.tamper(
      ...tables.map(table => `create table upheld_audit.kept_${table} as select * from upheld_audit.${table}`),
    )
    try {
      await lab.tamper(...statements)
      await look()
    } finally {
      const back = [...tables].reverse()
      await lab.tamper(
        ...back.map(table => `delete from upheld_audit.${table}`),
        'insert into upheld_audit.log overriding system value select * from upheld_audit.kept_log',
        'insert into upheld_audit.tile select * from upheld_audit.kept_tile',
        'insert into upheld_audit.leaf select * from upheld_audit.kept_leaf',
        ...tables.map(table => `drop table upheld_audit.kept_${table}`),
      )
    }
  }
  const refusal =
    (code: string, detail = /./) =>
    (error: Error & { code?: string }) =>
      error.code === code && detail.test(error.message)

  test('untouched, both logs verify', async () => {
    for (const one of [o, other]) assert.equal((await read(one)).size, 300)
    assert.deepEqual(lab.troubles, [])
  })

  test('1. an entry is changed: the reader names its index', async () => {
    const change = (index: number) =>
      `update upheld_audit.leaf set bytes = convert_to(replace(convert_from(bytes, 'UTF8'), '"application"', '"applicatiom"'), 'UTF8') where log = ${log} and index = ${index}`
    await damaged([change(17)], () => assert.rejects(read(), refusal('audit.altered', /Leaf 17 /)))
    await damaged([change(290)], () => assert.rejects(read(), refusal('audit.altered', /do not give the signed root/)))
    await damaged([change(17)], async () => assert.equal((await read(other)).size, 300))
  })

  test('1. an entry is filed under another actor, action, table or outcome, so that no search finds it', async () => {
    for (const column of ['action', 'actor_type', 'actor_id', 'object', 'outcome']) {
      await damaged([`update upheld_audit.leaf set ${column} = 'row.vanish' where log = ${log} and index = 17`], () =>
        assert.rejects(read(), refusal('audit.altered', /Leaf 17 is filed as another/)),
      )
    }
  })

  test('2. an entry is removed, two are swapped, one is put into the past', async () => {
    const swap = [
      `update upheld_audit.leaf set index = 100000 where log = ${log} and index = 5`,
      `update upheld_audit.leaf set index = 5 where log = ${log} and index = 6`,
      `update upheld_audit.leaf set index = 6 where log = ${log} and index = 100000`,
    ]
    await damaged([`delete from upheld_audit.leaf where log = ${log} and index = 280`], () =>
      assert.rejects(read(), refusal('audit.altered', /Leaf 280 is missing/)),
    )
    await damaged(swap, () => assert.rejects(read(), refusal('audit.altered')))
    await damaged(
      [
        `update upheld_audit.leaf set index = index + 1000 where log = ${log} and index >= 10`,
        `update upheld_audit.leaf set index = index - 999 where log = ${log} and index >= 1000`,
        `insert into upheld_audit.leaf (log, index, organization_id, id, received_at, action, actor_type, actor_id, bytes)
           select log, 10, organization_id, gen_random_uuid(), received_at, action, actor_type, actor_id, bytes from upheld_audit.leaf where log = ${log} and index = 3`,
      ],
      () => assert.rejects(read(), refusal('audit.altered')),
    )
  })

  test('2. a hash tile is altered, dropped, or there twice too often', async () => {
    await damaged(
      [`update upheld_audit.tile set hashes = overlay(hashes placing '\\x00' from 40) where log = ${log}`],
      () => assert.rejects(read(), refusal('audit.altered', /Leaf 1 /)),
    )
    await damaged([`delete from upheld_audit.tile where log = ${log}`], () =>
      assert.rejects(read(), refusal('audit.altered', /tile 0\/0 is missing/)),
    )
    await damaged(
      [`insert into upheld_audit.tile select log, 1, 0, hashes, root from upheld_audit.tile where log = ${log}`],
      () => assert.rejects(read(), refusal('audit.altered', /too many/)),
    )
  })

  test('13. a node is passed off as a leaf, the last leaf is doubled', async () => {
    await damaged(
      [
        `insert into upheld_audit.leaf (log, index, organization_id, id, received_at, action, actor_type, actor_id, bytes)
          select log, 300, organization_id, id, received_at, action, actor_type, actor_id, bytes from upheld_audit.leaf where log = ${log} and index = 299`,
      ],
      () => assert.rejects(read(), refusal('audit.altered', /301 leaves are there; 300 were signed/)),
    )
    // The bytes of a node, as those of a leaf, hash to something else: leaves and nodes begin differently.
    const [left, right] = [leafHash(Buffer.from('{}')), leafHash(Buffer.from('[]'))]
    assert.ok(!leafHash(Buffer.concat([left, right])).equals(rootFromEdge([[left, right]])))
  })

  test('3. and 6. one organization’s log is cut to an earlier signed head: nothing more is signed for it, and others go on', async () => {
    const early = await lab.admin.query('select * from upheld_audit.log where id = $1', [log])
    const signed = textOf(early.rows[0]?.['checkpoint'])
    await add(o, 1_000)
    await lab.drain(recorder)
    const cut = [
      `delete from upheld_audit.leaf where log = ${log} and index >= 300`,
      `update upheld_audit.log set size = 300, checkpoint = '${signed}' where id = ${log}`,
    ]
    await damaged(cut, async () => {
      // To a reader without a later head it looks whole.
      assert.equal((await read()).size, 300)
      let next = 2_000
      for (const again of [recorder, await lab.recorder()]) {
        lab.troubles.length = 0
        next += 1
        await add(o, next)
        await add(other, next)
        await lab.drain(again)
        assert.equal(lab.troubles.length, 1)
        assert.equal(lab.troubles[0]?.organization, o.id)
        assert.match(String(lab.troubles[0].error), /301/)
      }
      assert.equal((await lab.pending()).length, 2)
      assert.equal((await read(other)).size, 302)
    })
    lab.troubles.length = 0
    await clear(lab)
  })
})

suite('attacks on the whole database', () => {
  const tables = ['log', 'log_key', 'tile', 'mention', 'leaf']

  test('6. yesterday’s database is put back: nothing is signed until an operator opens successors', async () => {
    const lab = await openLab()
    try {
      const o = await lab.tenancy.createOrganization()
      const add = () => o.sql`insert into shop.note (organization_id) values (${o.id})`
      const recorder = await lab.recorder()
      await add()
      await lab.drain(recorder)
      await keepCopy(lab)
      for (let i = 0; i < 3; i += 1) {
        await add()
        await lab.drain(recorder)
      }
      const lost = await readAuditLog(lab.record, o.id, recorder.keys)
      await putBack(lab)
      const seen = lab.files.anchor.read()
      await add()
      // Refused by the recorder that was at work, and by every later one, as often as it is started.
      await assert.rejects(recorder.step(), { code: 'audit.rolled_back' })
      await assert.rejects(recorder.run(new AbortController().signal), { code: 'audit.rolled_back' })
      for (let i = 0; i < 2; i += 1) await assert.rejects(lab.recorder(), { code: 'audit.rolled_back' })
      assert.equal((await lab.pending()).length, 1)
      assert.equal(lab.files.anchor.read(), seen)

      const reason = 'The volume was lost; the copy of last night is what there is.'
      const how = { db: lab.record, host, seeds: lab.files.seeds(), anchor: lab.files.anchor, reason }
      const origin = await openSuccessors(how)
      const next = await lab.recorder()
      // What was waiting, and one entry for the organization whose log ended.
      assert.equal(await lab.drain(next), 2)
      const anchor = await readAuditLog(lab.record, null, next.keys)
      assert.equal(anchor.origin, origin)
      assert.equal(anchor.leaves[0]?.value['seen'], seen)
      const own = await readAuditLog(lab.record, o.id, next.keys)
      assert.notEqual(own.origin, lost.origin)
      assert.equal(own.leaves[0]?.value['predecessor'], lost.origin)
      // The two signed heads say what is missing: three leaves.
      const found = openCheckpoint(textOf(own.leaves[0].value['found']), parseVerifierKey(lost.key))
      assert.equal(lost.size - found.size, 3)
      // It is one step of an operator, and only where it is needed.
      await assert.rejects(openSuccessors(how), { code: 'audit.not_turned_back' })
    } finally {
      await lab.close()
    }
  })

  test('the host goes down between the successor’s commit and its file: the same step is taken again, and makes no second one', async () => {
    const lab = await openLab()
    try {
      const o = await lab.tenancy.createOrganization()
      const recorder = await lab.recorder()
      await o.sql`insert into shop.note (organization_id) values (${o.id})`
      await lab.drain(recorder)
      await lab.tamper(...tables.map(table => `delete from upheld_audit.${table}`))
      const down = { read: () => lab.files.anchor.read(), write: () => assert.fail('the host is down') }
      const how = { db: lab.record, host, seeds: lab.files.seeds(), reason: 'A disk was lost.' }
      await assert.rejects(openSuccessors({ ...how, anchor: down }), /the host is down/)
      await assert.rejects(lab.recorder(), { code: 'audit.rolled_back' })
      const origin = await openSuccessors({ ...how, anchor: lab.files.anchor })
      const { rows } = await lab.admin.query('select origin, size from upheld_audit.log where organization_id is null')
      assert.deepEqual(rows, [{ origin, size: '1' }])
      await lab.recorder()
    } finally {
      await lab.close()
    }
  })

  test('4. and 5. whoever holds the seed forks a log, or the anchor log: the head in the other one, and the file, say otherwise', async () => {
    const lab = await openLab()
    try {
      const o = await lab.tenancy.createOrganization()
      const add = () => o.sql`insert into shop.note (organization_id) values (${o.id})`
      const recorder = await lab.recorder()
      await add()
      await lab.drain(recorder)
      const change = (what: string) =>
        `update upheld_audit.leaf set bytes = convert_to(replace(convert_from(bytes, 'UTF8'), ${what}), 'UTF8') where index = 0`
      await lab.tamper(`${change(`'"rows_total":1', '"rows_total":2'`)} and organization_id is not null`)
      await forge(lab, o.id, recorder)
      // It verifies by itself, and is signed with the right key.
      assert.equal((await readAuditLog(lab.record, o.id, recorder.keys)).leaves[0]?.value['rows_total'], 2)
      await add()
      assert.equal(await lab.drain(await lab.recorder()), 0)
      assert.equal(codeOf(lab.troubles[0]?.error), 'audit.forked')

      await lab.tamper(`${change(`'"size":1', '"size":7'`)} and organization_id is null`)
      await forge(lab, null, recorder)
      await assert.rejects(lab.recorder(), { code: 'audit.forked' })
    } finally {
      await lab.close()
    }
  })

  /** Signs whatever leaves are there, with the right key, at the same size. */
  async function forge(lab: Lab, organization: string | null, { keys }: Recorder): Promise<void> {
    const { rows } = await lab.admin.query(
      `select g.id, g.origin, l.bytes from upheld_audit.log g join upheld_audit.leaf l on l.log = g.id
       where g.organization_id is not distinct from $1 order by l.index`,
      [organization],
    )
    const [id, origin] = [textOf(rows[0]?.['id']), textOf(rows[0]?.['origin'])]
    const tree = growTree(
      emptyTree,
      rows.map(row => leafHash(z.instanceof(Buffer).parse(row['bytes']))),
    )
    const checkpoint = signCheckpoint({ size: rows.length, root: treeRoot(tree) }, keys.signer(origin))
    await lab.tamper(`update upheld_audit.log set checkpoint = '${checkpoint}' where id = ${id}`)
  }
})
