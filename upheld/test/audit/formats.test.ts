import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import { z } from 'zod'
import { canonicalJson, type JsonObject } from '../../src/core/json.ts'
import { entryOf, leafHashOf, type Entry } from '../../src/foundation/audit/search/index.ts'
import { formats, formatNames } from '../../src/foundation/audit/siem/index.ts'
import { digestsHold, ecsFaults, ocsfFaults } from './schemas.ts'

const source = {
  organization: '5f1c2d4e-0000-4000-8000-000000000001',
  origin: 'desk.example/upheld/audit/x',
  version: '0.1.0',
}

function entry(index: number, more: JsonObject = {}): Entry {
  const leaf = {
    type: 'upheld/audit@v1',
    id: `0198c0de-0000-7000-8000-${String(index).padStart(12, '0')}`,
    action: 'row.insert',
    actor: { type: 'member', id: 'm-1' },
    purpose: 'support-desk',
    outcome: 'success',
    received_at: '2026-11-21T18:00:00.123Z',
    ...more,
  }
  return entryOf(index, Buffer.from(canonicalJson(leaf)))
}

const row = { object: 'desk.contact', rows: [['c-1'], ['c-2']], rows_total: 2, request: 'r-9' }
const kinds: readonly JsonObject[] = [
  { action: 'row.insert', ...row },
  { action: 'row.update', ...row },
  { action: 'row.delete', ...row, outcome: 'denied' },
  { action: 'sealed.open', ...row },
  { action: 'session.started', targets: [{ type: 'session', id: 's-1' }], com: { ip: 'aGFzaA==' } },
  { action: 'audit.read', detail: { entries: 12, first: 3 } },
  { action: 'file.open', actor: { type: 'api-key', id: 'k-1' }, outcome: 'failure' },
  { action: 'audit.export', actor: { type: 'operator', id: 'root' }, at: '2026-11-21T17:59:59Z' },
  { action: 'member.removed', actor: { type: 'staff', id: 'x' }, outcome: 'denied' },
  { action: 'form.constructor', outcome: 'success' },
  { action: 'something.odd', actor: { type: 'application', id: 'application' } },
  { action: 'policy.changed', actor: { type: 'martian', id: '' } },
]

suite('an entry reaches a SIEM in words that the SIEM knows', () => {
  test('the facts of the schemas are the ones that their README names', () => assert.ok(digestsHold()))

  test('every kind of entry is an event of OCSF, with the profile record_integrity', () => {
    for (const [index, kind] of kinds.entries()) {
      const before = index === 0 ? undefined : entry(index - 1, kinds[index - 1])
      const event: unknown = JSON.parse(formats.ocsf.line(entry(index, kind), source, before))
      assert.deepEqual(ocsfFaults(event), [], JSON.stringify(kind))
    }
  })

  test('what the schema does not know, or forbids, is noticed', () => {
    const good = z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(formats.ocsf.line(entry(0, kinds[0]), source, undefined)))
    const without = Object.fromEntries(Object.entries(good).filter(([name]) => name !== 'actor'))
    const wrong: readonly [object, RegExp][] = [
      [{ ...good, colour: 'red' }, /no such attribute/],
      [without, /actor: is required/],
      [{ ...good, severity_id: 17 }, /not allowed/],
      [{ ...good, table: {} }, /needs one of/],
      [{ ...good, time: 'now' }, /no long_t/],
      [{ ...good, type_uid: 1 }, /type_uid/],
    ]
    for (const [event, says] of wrong) assert.match(ocsfFaults(event).join(), says)
    const document = z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(formats.ecs.line(entry(0, kinds[0]), source, undefined)))
    assert.match(ecsFaults({ ...document, user: { nick: 'x' } }).join(), /user.nick: no such field/)
    assert.match(
      ecsFaults({ ...document, event: { kind: 'event', category: ['database'], type: ['deletion'] } }).join(),
      /not of the category/,
    )
  })

  test('an event of OCSF proves itself: its leaf hashes to its attestation, and names the one before', () => {
    const form = z.object({
      raw_data: z.string(),
      metadata: z.object({ sequence: z.number(), uid: z.string() }),
      attestation_list: z.tuple([
        z.object({
          chain_uid: z.string(),
          fingerprint: z.object({ value: z.string() }),
          prev_event: z.object({ uid: z.string(), fingerprint: z.object({ value: z.string() }) }),
        }),
      ]),
    })
    const [one, two] = [entry(6, kinds[0]), entry(7, kinds[4])]
    const {
      raw_data: leaf,
      metadata,
      attestation_list: list,
    } = form.parse(JSON.parse(formats.ocsf.line(two, source, one)))
    const hash = createHash('sha256').update(Buffer.of(0)).update(leaf).digest('base64')
    assert.deepEqual(
      [list[0].chain_uid, list[0].fingerprint.value, list[0].prev_event.fingerprint.value, list[0].prev_event.uid],
      [source.origin, hash, leafHashOf(one), one.says.id],
    )
    assert.deepEqual([metadata.sequence, metadata.uid], [7, two.says.id])
  })

  test('every kind of entry is a document of ECS, and its id and sequence are those of the log', () => {
    for (const [index, kind] of kinds.entries()) {
      const document: unknown = JSON.parse(formats.ecs.line(entry(index, kind), source, undefined))
      assert.deepEqual(ecsFaults(document), [], JSON.stringify(kind))
      const { event } = z.object({ event: z.object({ sequence: z.number(), original: z.string() }) }).parse(document)
      assert.deepEqual([event.sequence, event.original], [index, entry(index, kind).text])
    }
  })

  test('an event of CADF answers who, what, on what, and who saw it', () => {
    const form = z.strictObject({
      typeURI: z.literal('http://schemas.dmtf.org/cloud/audit/1.0/event'),
      id: z.string().min(1),
      eventType: z.literal('activity'),
      eventTime: z.iso.datetime(),
      action: z.enum(['create', 'read', 'update', 'delete', 'unknown']),
      outcome: z.enum(['success', 'failure']),
      reason: z.strictObject({ reasonType: z.string(), reasonCode: z.string() }).optional(),
      initiator: z.strictObject({ id: z.string(), typeURI: z.string() }),
      target: z.strictObject({ id: z.string().min(1), typeURI: z.string() }),
      observer: z.strictObject({ id: z.string().min(1), typeURI: z.string() }),
      attachments: z.array(z.strictObject({ name: z.string(), contentType: z.string(), content: z.string() })),
    })
    for (const [index, kind] of kinds.entries())
      form.parse(JSON.parse(formats.cadf.line(entry(index, kind), source, undefined)))
  })

  test('the same entry is the same line, whenever it is sent again', () => {
    for (const name of formatNames) {
      const lines = [1, 2].map(() => formats[name].line(entry(3, kinds[3]), source, entry(2, kinds[2])))
      assert.equal(lines[0], lines[1])
    }
  })
})
