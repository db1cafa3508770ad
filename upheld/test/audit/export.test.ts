import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { writeContextKey } from '../../src/adapters/keys/index.ts'
import { recordEvent, type Recorder } from '../../src/foundation/audit/index.ts'
import { leafHashOf, entryOf, searchAudit } from '../../src/foundation/audit/search/index.ts'
import { gapDetector } from '../../src/foundation/audit/siem/index.ts'
import { passwordsByName, type Organization } from '../../src/foundation/tenancy/index.ts'
import { endAll, run } from '../e2e/harness.ts'
import { openLab, type Lab } from './lab.ts'
import { httpReceiver, localIdentity } from './receivers.ts'
import { ecsFaults, ocsfFaults } from './schemas.ts'

/** The command line against a real log that a real recorder wrote. Each run is a process of its own. */
suite('upheld audit export', () => {
  let lab: Lab
  let recorder: Recorder
  let acme: Organization
  let other: Organization
  let state: string

  before(async () => {
    lab = await openLab()
    recorder = await lab.recorder()
    acme = (await lab.tenancy.createOrganization()).as({ type: 'member', id: 'm-1', purpose: 'test', request: 'r-1' })
    other = await lab.tenancy.createOrganization()
    for (let n = 0; n < 20; n += 1) await acme.sql`insert into shop.item (organization_id, n) values (${acme.id}, ${n})`
    await acme.sql`update shop.item set n = n + 100 where n < 5`
    await acme.sql`delete from shop.item where n = 7`
    await acme.sql`insert into shop.subscriber (organization_id, email) values (${acme.id}, 'ada@post.example')`
    await recordEvent(acme, {
      action: 'session.refused',
      outcome: 'denied',
      targets: [{ type: 'session', id: '=cmd|x\\n' }],
      personal: { ip: '192.0.2.77' },
    })
    await other.sql`insert into shop.item (organization_id, name) values (${other.id}, 'only theirs')`
    await lab.drain(recorder)
    state = join(lab.folder, 'state')
    mkdirSync(join(state, 'keys'), { recursive: true, mode: 0o700 })
    writeContextKey(join(state, 'keys', 'context.key'), lab.key)
    const { password } = new URL(lab.urls.app)
    const logins = passwordsByName(() => password)
    writeFileSync(join(state, 'keys', 'logins.json'), JSON.stringify(logins), { mode: 0o600 })
  })
  after(async () => {
    await endAll()
    await lab.close()
  })

  const upheld = (words: readonly string[], of: Organization = acme) =>
    run([...words, '--state', state, '--database', lab.urls.admin, '--organization', of.id])
  const exported = (...words: string[]) => upheld(['audit', 'export', ...words])
  const linesOf = (text: string): string[] => text.trimEnd().split('\n')

  test('every format holds every entry of this organization, and none of another', async () => {
    const size = (await searchAudit(acme)).size
    const places = Array.from({ length: size }, (_, index) => index)
    const sequenceIn = z.union([
      z.object({ metadata: z.object({ sequence: z.number() }) }).transform(one => one.metadata.sequence),
      z.object({ event: z.object({ sequence: z.number() }) }).transform(one => one.event.sequence),
      z.object({ index: z.number() }).transform(one => one.index),
    ])
    for (const format of ['ocsf', 'ecs', 'ndjson'] as const) {
      const { code, out, err } = await exported('--format', format)
      assert.equal(code, 0, err)
      const events = linesOf(out).map((line): unknown => JSON.parse(line))
      assert.deepEqual(events.map(event => sequenceIn.parse(event)).slice(0, size), places)
      assert.doesNotMatch(out, /only theirs|ada@post|192\.0\.2\.77/, 'personal values stay behind')
      if (format === 'ocsf') assert.deepEqual(events.flatMap(ocsfFaults), [])
      if (format === 'ecs') assert.deepEqual(events.flatMap(ecsFaults), [])
      if (format === 'ndjson') {
        const form = z.object({ index: z.number(), hash: z.string(), leaf: z.unknown() })
        const { hash, index } = form.parse(events[3])
        const leaf = /"leaf":(\{.*\})\}$/.exec(linesOf(out)[3] ?? '')?.[1] ?? ''
        assert.equal(leafHashOf(entryOf(index, Buffer.from(leaf))), hash)
      }
    }
    const cef = await exported('--format', 'cef')
    assert.ok(linesOf(cef.out).every(line => line.startsWith('CEF:0|Upheld|')))
    const csv = await exported('--format', 'csv')
    assert.match(csv.out, /^index,received_at,/)
    assert.equal(linesOf(csv.out).length - 1, linesOf(cef.out).length)
  })

  test('the operator who exports stands in the log, with format and kind of place, before the first line is given', async () => {
    const path = join(lab.folder, 'noted.ndjson')
    await exported('--format', 'ecs', '--to', path)
    await lab.drain(recorder)
    const { items } = await searchAudit(acme, { action: 'audit.export', limit: 1 })
    const says = items[0]?.says
    assert.deepEqual(
      [says?.actor, says?.detail],
      [
        { type: 'operator', id: `uid-${process.getuid?.() ?? ''}` },
        { format: 'ecs', to: 'file' },
      ],
    )
    assert.doesNotMatch(readFileSync(path, 'utf8'), new RegExp(`"id":"${says?.id ?? 'none'}"`))
  })

  test('a file is gone on with where it ends, and holds no entry twice', async () => {
    const path = join(lab.folder, 'steady.ndjson')
    const first = await exported('--to', path)
    assert.equal(first.code, 0, first.err)
    const before = readFileSync(path, 'utf8')
    assert.equal(statSync(path).mode & 0o777, 0o600)
    await acme.sql`insert into shop.item (organization_id, n) values (${acme.id}, 900)`
    await lab.drain(recorder)
    const second = await exported('--to', path)
    assert.equal(second.code, 0, second.err)
    const after = readFileSync(path, 'utf8')
    assert.ok(after.startsWith(before) && after.length > before.length)
    const form = z.object({ index: z.number() })
    const places = linesOf(after).map(line => form.parse(JSON.parse(line)).index)
    assert.deepEqual(
      places,
      Array.from({ length: places.length }, (_, index) => index),
    )
  })

  test('an export that was killed in the middle of a line leaves no half of one', async () => {
    const path = join(lab.folder, 'torn.ndjson')
    await exported('--to', path)
    const whole = readFileSync(path, 'utf8')
    // What a process leaves that is killed in its write: half a line, and a cursor that does not know of it.
    truncateSync(path, whole.length - 40)
    const cursor: unknown = JSON.parse(readFileSync(`${path}.cursor`, 'utf8'))
    const { next } = z.object({ next: z.number() }).parse(cursor)
    const earlier = { ...z.looseObject({}).parse(cursor), next: next - 1 }
    writeFileSync(`${path}.cursor`, JSON.stringify(earlier), { mode: 0o600 })
    const again = await exported('--to', path)
    assert.equal(again.code, 0, again.err)
    const lines = linesOf(readFileSync(path, 'utf8'))
    assert.equal(lines.slice(0, linesOf(whole).length).join('\n'), whole.trimEnd())
    for (const line of lines) JSON.parse(line)
  })

  test('a receiver over TLS gets it with its token, and the next run only what is new', async () => {
    const identity = localIdentity()
    const receiver = await httpReceiver(request => (request === 0 ? 503 : 202), identity)
    try {
      const [ca, token, cursor] = ['ca.pem', 'token', 'https.cursor'].map(name => join(lab.folder, name))
      writeFileSync(ca ?? '', receiver.ca)
      writeFileSync(token ?? '', 'Bearer very-secret\n', { mode: 0o600 })
      const words = [
        '--format',
        'ocsf',
        '--to',
        receiver.url.href,
        '--ca-file',
        ca ?? '',
        '--token-file',
        token ?? '',
        '--cursor',
        cursor ?? '',
      ]
      const first = await exported(...words)
      assert.equal(first.code, 0, first.err)
      assert.match(first.err, /it answers 503\. Again in/)
      assert.doesNotMatch(first.err + first.out, /very-secret/)
      await lab.drain(recorder)
      const second = await exported(...words)
      assert.equal(second.code, 0, second.err)
      const [refused, taken, ...rest] = receiver.received
      assert.equal(refused?.body, taken?.body)
      assert.ok(rest.length >= 1)
      assert.ok(receiver.received.every(({ headers }) => headers.authorization === 'Bearer very-secret'))
      const detector = gapDetector()
      const form = z.object({ metadata: z.object({ sequence: z.number(), uid: z.string() }) })
      for (const { body } of receiver.received)
        for (const line of linesOf(body)) detector.take(form.parse(JSON.parse(line)).metadata)
      assert.deepEqual(detector.gaps(), [])
    } finally {
      await receiver.close()
    }
  })

  test('the bundle is written whole, and upheld verify finds that it holds', async () => {
    await lab.drain(recorder)
    const path = join(lab.folder, 'acme.tar')
    const { code, err } = await exported('--format', 'bundle', '--to', path)
    assert.equal(code, 0, err)
    assert.match(err, /upheld verify/)
    const verified = await run(['verify', path])
    assert.equal(verified.code, 0, verified.err + verified.out)
    assert.ok(!existsSync(`${path}.part`))
  })

  test('what does not fit is refused in one line with its code, and nothing is written', async () => {
    const path = join(lab.folder, 'refused')
    const foreign = join(lab.folder, 'foreign.cursor')
    const broken = join(lab.folder, 'broken.cursor')
    const open = join(lab.folder, 'open-token')
    writeFileSync(
      foreign,
      JSON.stringify({
        upheld: 'audit export cursor',
        organization: other.id,
        format: 'ndjson',
        to: path,
        origin: 'x',
        next: 0,
      }),
    )
    writeFileSync(broken, '{')
    writeFileSync(open, 'Bearer x', { mode: 0o644 })
    writeFileSync(join(lab.folder, 'there'), 'precious\n')
    const cases: readonly (readonly [words: readonly string[], says: RegExp, code: number])[] = [
      [['--to', path, '--cursor', foreign], /siem\.foreign_cursor/, 70],
      [['--to', path, '--cursor', broken], /siem\.bad_cursor/, 70],
      [['--to', join(lab.folder, 'there')], /siem_sink\.not_ours/, 70],
      [['--to', 'https://user:secret@siem.example/'], /siem_sink\.bad_address/, 70],
      [['--to', 'https://127.0.0.1:1/', '--token-file', open], /files\.too_open/, 70],
      [['--to', path, '--format', 'xml', '--since', 'yesterday'], /--format.*--since|--since.*--format/, 64],
      [['--to', path, '--format', 'bundle', '--since', '2026-01-01'], /cli\.bad_export/, 64],
    ]
    for (const [words, says, code] of cases) {
      const ended = await exported(...words)
      assert.match(ended.err, says, words.join(' '))
      assert.deepEqual([ended.code, ended.out.replace(/\s/g, '')], [code, ''], `${words.join(' ')}: ${ended.err}`)
      assert.doesNotMatch(ended.err, /user:secret|\n\s+at /)
    }
    // For programs the refusal itself is the answer.
    const told = await exported('--json')
    assert.deepEqual([told.code, /"code":\s*"cli\.bad_export"/.test(told.out)], [64, true], told.out)
    assert.equal(existsSync(path), false)
    assert.equal(readFileSync(join(lab.folder, 'there'), 'utf8'), 'precious\n')
  })

  test('an organization that is not there gets no log by being asked for', async () => {
    const nobody = '11111111-1111-4111-8111-111111111111'
    const ended = await run([
      'audit',
      'export',
      '--state',
      state,
      '--database',
      lab.urls.admin,
      '--organization',
      nobody,
    ])
    assert.deepEqual([ended.code, /cli\.unknown_organization/.test(ended.err)], [64, true])
    const { rows } = await lab.admin.query('select from upheld_audit.pending where organization_id = $1', [nobody])
    assert.equal(rows.length, 0)
    const unnamed = await run(['audit', 'export', '--state', state, '--database', lab.urls.admin])
    assert.match(unnamed.err, /cli\.organization_missing/)
  })

  test('attack 18: the operator searches no log without a grant', async () => {
    const before = (await lab.pending()).length
    const ended = await upheld(['audit', 'search'])
    assert.match(ended.err, /audit_search\.no_grant/)
    assert.deepEqual([ended.out, (await lab.pending()).length], ['', before])
    assert.notEqual(ended.code, 0)
  })
})
