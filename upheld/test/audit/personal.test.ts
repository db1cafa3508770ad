import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import {
  checkDisclosure,
  commitmentTo,
  erasePersonal,
  pruneLog,
  readAuditLog,
  recordEvent,
  setRetention,
  type AuditView,
  type Disclosure,
  type Event,
  type Recorder,
} from '../../src/foundation/audit/index.ts'
import { canonicalJson, type Json } from '../../src/core/json.ts'
import {
  formatProof,
  inclusionProof,
  parseVerifierKey,
  subtreesOf,
  verifyProof,
} from '../../src/core/transparency/index.ts'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import { openLab, type Lab } from './lab.ts'
import { commitmentsOf, textOf } from './told.ts'

const disclosures = z.array(
  z.union([
    z.object({ name: z.string(), salt: z.instanceof(Buffer), value: z.string(), erased_by: z.null() }),
    z.object({ name: z.string(), erased_by: z.string(), erased_at: z.date(), salt: z.null() }),
  ]),
)
const operator = { type: 'operator', id: 'op-1', purpose: 'erasure request' } as const

function deep(levels: number): Json {
  let value: Json = 1
  for (let i = 0; i < levels; i += 1) value = [value]
  return value
}

suite('events, personal values, retention', () => {
  let lab: Lab
  let o: Organization
  let recorder: Recorder
  before(async () => {
    lab = await openLab()
    o = await lab.tenancy.createOrganization()
    recorder = await lab.recorder()
  })
  after(() => lab.close())

  const read = (one: Organization = o): Promise<AuditView> => readAuditLog(lab.record, one.id, recorder.keys)
  const entry = async (id: string) => (await read()).leaves.find(({ value }) => value['id'] === id)
  const disclosed = async (id: string): Promise<Disclosure[]> => {
    const rows = await o.sql`select * from upheld_audit.disclosure where entry = ${id} order by name`
    return disclosures.parse(rows).map(({ name, ...row }) => {
      if ('value' in row) return { entry: id, name, salt: row.salt, value: row.value }
      return { entry: id, name, erasedBy: row.erased_by, erasedAt: row.erased_at }
    })
  }

  test('15. what JSON can say in two ways, or not at all, is refused before it is recorded', async () => {
    const texts = [
      '{"action":"a.b","detail":{"x":1,"x":2}}',
      '{"action":"a.b","action":"c.d"}',
      '{"action":"a.b","detail":{"x":{"y":[{"z":1,"z":1}]}}}',
      '{"action":"a.b","targets":[{"type":"t","id":"1","id":"2"}]}',
      '{"action":"a.b","personal":{"ip":"1","ip":"2"}}',
      '{"action":"a.b","detail":{"x":1.0}}',
      '{"action":"a.b","detail":{"x":1e2}}',
      '{"action":"a.b","detail":{"x":-0}}',
      '{"action":"a.b","detail":{"x":9007199254740993}}',
      '{"action":"a.b","detail":{"x":null}}',
      '{"action":"a.b","detail":{"x":"\\ud800"}}',
      '{"action":"a.b","detail":{"x":"\\u0000"}}',
      '{"action":"a.b","personal":{"x":"\\udc00"}}',
      '{"action":"a.b","detail":{"x":"e\u0301"}}',
      '{"action":"a.b","detail":{"e\u0301":"x"}}',
      `{"action":"a.b","detail":{"x":"${'y'.repeat(20_000)}"}}`,
      `{"action":"a.b","detail":${'{"x":'.repeat(40)}1${'}'.repeat(40)}}`,
      '{"action":"a.b","at":"2026-02-30T00:00:00.000Z"}',
      '{"action":"a.b","at":"yesterday"}',
      '{"action":"a.b","at":"2026-11-01T23:59:60.000Z"}',
      '{"action":"a.b","at":"2026-11-01T24:00:00.000Z"}',
      '{"action":"a.b","outcome":null}',
      '[]',
      '"a.b"',
    ]
    for (const text of texts) await assert.rejects(o.query('select upheld.record($1::json)', [text]), /bad_event/, text)
    const events: readonly Event[] = [
      { action: 'nothing' },
      { action: 'a.b', detail: { x: 1.5 } },
      { action: 'a.b', detail: { x: Infinity } },
      { action: 'a.b', detail: { x: '\ud800' } },
      { action: 'a.b', personal: { ip: '\ud800' } },
      { action: 'a.b', personal: { ip: 'nul \0' } },
      { action: 'a.b', targets: Array.from({ length: 21 }, () => ({ type: 't', id: '1' })) },
      { action: 'a.b', detail: { x: 'y'.repeat(5_000) } },
      { action: 'a.b', detail: { x: deep(100_000) } },
    ]
    for (const event of events) await assert.rejects(recordEvent(o, event), { code: 'audit.bad_event' })
    assert.deepEqual(await lab.pending(), [])
  })

  test('15. the leaf is the one spelling of what it says', async () => {
    const event: Event = {
      action: 'report.exported',
      outcome: 'denied',
      targets: [{ type: 'report', id: 'r-1' }],
      at: new Date('2026-01-02T03:04:05.678Z'),
      detail: { '\u20ac': 'é "quoted" \u2028', a: [1, true, { b: -5 }], big: Number.MAX_SAFE_INTEGER },
    }
    const { id } = await recordEvent(o.as({ type: 'member', id: 'm-1', purpose: 'desk' }), event)
    await lab.drain(recorder)
    const leaf = await entry(id)
    assert.ok(leaf !== undefined)
    assert.equal(leaf.bytes.toString(), canonicalJson(leaf.value))
    assert.deepEqual(
      { ...leaf.value, received_at: '' },
      {
        type: 'upheld/audit@v1',
        id,
        action: 'report.exported',
        outcome: 'denied',
        targets: [{ type: 'report', id: 'r-1' }],
        at: '2026-01-02T03:04:05.678Z',
        detail: event.detail,
        actor: { type: 'member', id: 'm-1' },
        purpose: 'desk',
        received_at: '',
      },
    )
  })

  test('16. a claimed time stays a claim: when it was received is the database’s, and never falls', async () => {
    const claimed = new Date('1999-01-01T00:00:00.000Z')
    const { id, receivedAt } = await recordEvent(o, { action: 'backdated.event', at: claimed })
    await lab.drain(recorder)
    // The clock of the server was set back by an hour in between.
    await lab.tamper(
      `update upheld_audit.log set received_at = date_trunc('milliseconds', clock_timestamp()) + interval '1 hour' where organization_id = '${o.id}'`,
    )
    const { id: next } = await recordEvent(o, { action: 'later.event' })
    await lab.drain(await lab.recorder())
    const [first, second] = [await entry(id), await entry(next)]
    assert.equal(first?.value['at'], claimed.toISOString())
    assert.ok(textOf(first.value['received_at']) >= receivedAt.toISOString())
    assert.ok(textOf(second?.value['received_at']) > textOf(first.value['received_at']))
    await read()
  })

  test('17. an entry commits with its change or not at all, and the receipt says when it has to be in the log', async () => {
    await assert.rejects(
      o.transaction(async tx => {
        await tx.sql`insert into shop.note (organization_id, text) values (${o.id}, 'undone')`
        await recordEvent(tx, { action: 'note.written' })
        throw new Error('changed my mind')
      }),
    )
    assert.deepEqual(await lab.pending(), [])
    const receipt = await o.transaction(async tx => {
      await tx.sql`insert into shop.note (organization_id, text) values (${o.id}, 'done')`
      return recordEvent(tx, { action: 'note.written' })
    })
    assert.equal((await lab.pending()).length, 2)
    assert.equal(receipt.mergeDelaySecs, 60)
    await lab.drain(recorder)
    const leaf = await entry(receipt.id)
    const delayMs = Date.parse(textOf(leaf?.value['received_at'])) - receipt.receivedAt.getTime()
    assert.ok(leaf !== undefined && delayMs >= 0)
  })

  test('19. a personal value is erased: the leaf and its old proof stay, the disclosure points to the erasure', async () => {
    const { id } = await recordEvent(o, { action: 'session.started', personal: { ip: '192.0.2.7', agent: 'Firefox' } })
    await lab.drain(recorder)
    const before = await read()
    const leaf = before.leaves.find(({ value }) => value['id'] === id)
    assert.ok(leaf !== undefined)
    const com = commitmentsOf(leaf.value['com'])
    const [agent, ip] = await disclosed(id)
    assert.ok(agent !== undefined && ip !== undefined)
    assert.deepEqual(
      [agent, ip].map(one => checkDisclosure(com, one)),
      ['matches', 'matches'],
    )
    assert.ok(!before.leaves.some(({ bytes }) => bytes.includes('192.0.2.7')))
    const proof = formatProof({
      index: leaf.index,
      hashes: inclusionProof(subtreesOf(before.tree), leaf.index, before.size),
      checkpoint: before.checkpoint,
    })

    const erasure = await erasePersonal(lab.record, { organization: o.id, entry: id, names: ['ip'] }, operator)
    await lab.drain(recorder)
    const later = await read()
    assert.deepEqual(later.leaves[leaf.index]?.bytes, leaf.bytes)
    assert.equal(verifyProof(proof, leaf.bytes, parseVerifierKey(later.key)).index, leaf.index)
    const [kept, erased] = await disclosed(id)
    assert.ok(kept !== undefined && erased !== undefined)
    assert.deepEqual(
      [kept, erased].map(one => checkDisclosure(com, one)),
      ['matches', 'erased'],
    )
    assert.ok('erasedBy' in erased && erased.erasedBy === erasure)
    const said = await entry(erasure)
    assert.deepEqual(
      [said?.value['action'], said?.value['targets'], said?.value['detail'], said?.value['actor']],
      ['audit.erase', [{ type: 'entry', id }], { names: ['ip'] }, { type: 'operator', id: 'op-1' }],
    )
    const again = erasePersonal(lab.record, { organization: o.id, entry: id, names: ['ip'] }, operator)
    await assert.rejects(again, { code: 'audit.no_entry' })
    await assert.rejects(
      lab.record.query(
        `update upheld_audit.disclosure set salt = '\\x00', value = 'x', erased_by = null, erased_at = null`,
      ),
      /upheld: |check/,
    )

    // 20. Nothing that is left in any table tells whether the right guess is right.
    const { rows } = await lab.admin.query(
      'select salt, value from upheld_audit.disclosure where entry = $1 and name = $2',
      [id, 'ip'],
    )
    assert.deepEqual(rows, [{ salt: null, value: null }])
    const guesses = ['sha256', 'sha512'].flatMap(how =>
      ['192.0.2.7', 'ip192.0.2.7', 'ip\n192.0.2.7', 'upheld/commitment@v1\nip\n192.0.2.7'].map(text =>
        createHash(how).update(text).digest('base64'),
      ),
    )
    assert.ok(!guesses.includes(String(com['ip'])))
    assert.notEqual(commitmentTo('ip', Buffer.alloc(32), '192.0.2.7'), com['ip'])
  })

  test('20. the same value twice is committed to differently: every salt is its own', async () => {
    const ids = [
      await recordEvent(o, { action: 'a.b', personal: { ip: '::1' } }),
      await recordEvent(o, { action: 'a.b', personal: { ip: '::1' } }),
    ]
    await lab.drain(recorder)
    const [first, second] = [await entry(ids[0]?.id ?? ''), await entry(ids[1]?.id ?? '')]
    const [one, two] = [commitmentsOf(first?.value['com']), commitmentsOf(second?.value['com'])]
    assert.ok(one['ip'] !== undefined && two['ip'] !== undefined && one['ip'] !== two['ip'])
    const { rows } = await lab.admin.query(
      'select count(*) as all, count(distinct salt) as own, min(octet_length(salt)) as least from upheld_audit.disclosure where salt is not null',
    )
    assert.equal(rows[0]?.['all'], rows[0]?.['own'])
    assert.equal(rows[0]?.['least'], 32)
  })

  test('21. a disclosure that does not match is found out', async () => {
    const { id } = await recordEvent(o, { action: 'a.b', personal: { ip: '192.0.2.9', name: 'Ann' } })
    await lab.drain(recorder)
    const com = commitmentsOf((await entry(id))?.value['com'])
    const [ip, name] = await disclosed(id)
    assert.ok(ip !== undefined && 'salt' in ip && name !== undefined && 'salt' in name)
    const wrong: readonly Disclosure[] = [
      { ...ip, value: '192.0.2.8' },
      { ...ip, name: 'name' },
      { ...ip, name: 'other' },
      { ...ip, salt: name.salt },
      { ...ip, salt: Buffer.alloc(0) },
      { ...ip, salt: Buffer.concat([ip.salt, Buffer.from('1')]), value: '92.0.2.9' },
    ]
    assert.deepEqual(
      wrong.map(one => checkDisclosure(com, one)),
      wrong.map(() => 'differs'),
    )
  })

  test('22. leaves are pruned as the policy says, not past it and not under a hold; what stays is still proven', async () => {
    const one = await lab.tenancy.createOrganization()
    await one.transaction(async tx => {
      for (let i = 0; i < 600; i += 1)
        await tx.sql`insert into shop.event (organization_id, id, day) values (${one.id}, ${i}, '2026-01-01')`
    })
    await recordEvent(one, { action: 'a.b', personal: { ip: '::1' } })
    await lab.drain(recorder)
    const before = await read(one)
    const prune = (index?: number) => pruneLog(lab.record, one.id, operator, index)
    await assert.rejects(prune(256), { code: 'audit.still_kept' })
    await setRetention(lab.record, one.id, { keepDays: 30, legalHold: null }, operator)
    await assert.rejects(prune(256), { code: 'audit.still_kept' })
    // Thirty-one days later.
    await lab.tamper(
      `update upheld_audit.leaf set received_at = received_at - interval '31 days' where organization_id = '${one.id}' and index < 600`,
    )
    await setRetention(lab.record, one.id, { keepDays: 30, legalHold: 'case 7' }, operator)
    await assert.rejects(prune(), { code: 'audit.legal_hold' })
    await setRetention(lab.record, one.id, { keepDays: 30, legalHold: null }, operator)
    await assert.rejects(prune(1_000_000), /./)
    assert.equal(await prune(), 512)
    assert.equal(await prune(), 512)
    await lab.drain(await lab.recorder())

    const later = await read(one)
    assert.equal(later.minimumIndex, 512)
    assert.equal(later.leaves[0]?.index, 512)
    assert.deepEqual(
      later.leaves.slice(-4).map(({ value }) => value['action']),
      ['audit.retention', 'audit.retention', 'audit.retention', 'audit.prune'],
    )
    assert.deepEqual(later.leaves.at(-1)?.value['detail'], { minimum_index: 512 })
    // A leaf that its owner kept is proven in the newest tree, though the log has it no more.
    const gone = before.leaves[17]
    assert.ok(gone !== undefined)
    const proof = formatProof({
      index: 17,
      hashes: inclusionProof(subtreesOf(later.tree), 17, later.size),
      checkpoint: later.checkpoint,
    })
    assert.equal(verifyProof(proof, gone.bytes, parseVerifierKey(later.key)).index, 17)
    const { rows } = await lab.admin.query(
      `select min(index) from upheld_audit.mention where organization_id = $1 and target like 'shop%'`,
      [one.id],
    )
    assert.deepEqual(rows, [{ min: '512' }])
    await assert.rejects(
      lab.record.query(`delete from upheld_audit.leaf where organization_id = $1`, [one.id]),
      /not pruned/,
    )
  })

  test('9. the keys are rotated: every log names its new key in a leaf, under which it goes on', async () => {
    const old = await read()
    lab.files.addSeed()
    const next = await lab.recorder()
    await recordEvent(o, { action: 'a.b' })
    await lab.drain(next)
    const view = await readAuditLog(lab.record, o.id, next.keys)
    assert.notEqual(view.key, old.key)
    assert.equal(view.origin, old.origin)
    const said = view.leaves[old.size]?.value
    assert.deepEqual(
      [said?.['action'], said?.['detail']],
      ['audit.key', { epoch: 2, since_size: old.size, verifier_key: view.key }],
    )
    const { rows } = await lab.admin.query(
      `select k.epoch, k.verifier_key, k.since_size from upheld_audit.log_key k join upheld_audit.log l on l.id = k.log where l.origin = $1 order by 1`,
      [view.origin],
    )
    assert.deepEqual(rows, [
      { epoch: 1, verifier_key: old.key, since_size: '0' },
      { epoch: 2, verifier_key: view.key, since_size: String(old.size) },
    ])
    // Whoever has the first seed alone cannot go on.
    await assert.rejects(readAuditLog(lab.record, o.id, recorder.keys), { code: 'audit.other_key' })
  })
})
