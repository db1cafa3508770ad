import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, before, suite, test } from 'node:test'
import { recordEvent, type Recorder } from '../../src/foundation/audit/index.ts'
import { auditSource, writeAuditBundle, type SourceOptions } from '../../src/proof/bundle/index.ts'
import { anchorLog, pushHead } from '../../src/proof/witness/index.ts'
import { verifyAuditBundle, type AuditOptions } from '../../src/verify.ts'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import { post } from '../witness/log.ts'
import { forget, startWitness, type RunningWitness } from '../witness/running.ts'
import { openLab, type Lab } from './lab.ts'

const main = join(import.meta.dirname, '../../src/surfaces/cli/main.ts')

suite('the audit bundle of an organization, out of a real log', () => {
  let lab: Lab
  let recorder: Recorder
  const folder = mkdtempSync(join(tmpdir(), 'upheld-bundle-'))
  const witnesses: RunningWitness[] = []
  before(async () => {
    lab = await openLab()
    recorder = await lab.recorder()
  })
  after(async () => {
    await Promise.all(witnesses.map(one => one.end('SIGKILL')))
    witnesses.forEach(forget)
    await lab.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function exported(organization: Organization, name: string, options?: SourceOptions): Promise<string> {
    const path = join(folder, name)
    const source = await auditSource(organization, options)
    await pipeline(Readable.from(writeAuditBundle(source)), createWriteStream(path))
    return path
  }
  const verified = (path: string, options: Partial<AuditOptions> = {}) =>
    verifyAuditBundle(createReadStream(path), { now: new Date(), ...options })

  /** A log of some changes, and some events with personal values. */
  async function busy(rows: number, events: number): Promise<Organization> {
    const one = await lab.tenancy.createOrganization()
    for (let i = 0; i < rows; i += 1) await one.sql`insert into shop.item (organization_id, n) values (${one.id}, ${i})`
    for (let i = 0; i < events; i += 1) {
      const personal = { ip: `192.0.2.${i}`, agent: `“browser” ${i}` }
      await recordEvent(one, { action: 'session.started', personal })
    }
    await lab.drain(recorder)
    return one
  }

  test('holds every entry, and its head stands in the anchor log', async () => {
    const one = await busy(300, 5)
    await busy(2, 0)
    const found = await verified(await exported(one, 'whole.tar'))
    assert.deepEqual([found.size, found.disclosed, found.erased, found.minimum], [305, 10, 0, 0])
    assert.equal(found.anchoring?.origin, 'northwind-desk.example/upheld/anchor')
    assert.deepEqual(found.anchoring.cosignatures, [])
    await busy(1, 0)
    assert.equal((await verified(await exported(one, 'later.tar'))).size, 305)
  })

  test('B5 18: through one organization’s handle nothing of another’s log is read', async () => {
    const [one, two] = [await busy(3, 1), await busy(7, 2)]
    const [first, second] = [
      await verified(await exported(one, 'one.tar')),
      await verified(await exported(two, 'two.tar')),
    ]
    assert.deepEqual([first.size, second.size], [4, 9])
    assert.notEqual(first.origin, second.origin)
    const text = readFileSync(join(folder, 'one.tar'), 'utf8')
    assert.ok(text.includes(first.origin) && !text.includes(second.origin))
    const fresh = await lab.tenancy.createOrganization()
    await assert.rejects(auditSource(fresh), { code: 'export.no_log' })
    assert.throws(() => one.as({ type: 'staff', id: 's-1', purpose: 'support' }), { code: 'tenancy.no_grant' })
    await assert.rejects(verified(join(folder, 'two.tar'), { key: first.key }), { code: 'bundle.not_pinned' })
  })

  test('B5 1: an entry that a superuser edits, drops or swaps cannot be exported any more', async () => {
    const lies = [
      `update upheld_audit.leaf set bytes = convert_to(replace(convert_from(bytes, 'UTF8'), 'insert', 'delete'), 'UTF8')`,
      `delete from upheld_audit.leaf`,
    ]
    for (const lie of lies) {
      const one = await busy(5, 0)
      await lab.tamper(`${lie} where index = 2 and organization_id = '${one.id}'`)
      await assert.rejects(exported(one, 'lie.tar'), { code: 'export.bad_source' })
    }
  })

  test('two witnesses cosign the anchor log, and the bundle shows it; until then it says so', async () => {
    const one = await busy(4, 0)
    const log = await anchorLog(lab.record)
    for (const name of ['one.example', 'two.example']) witnesses.push(await startWitness({ log: log.key, name }))
    const lines = witnesses.map(({ key }, i) => `witness w${i} ${key.encoded}\n`).join('')
    const options = { witnesses: `${lines}group both all w0 w1\nquorum both\n` }
    const before = await verified(await exported(one, 'before.tar', options))
    assert.equal(before.anchoring?.hasQuorum, false)
    await assert.rejects(verified(join(folder, 'before.tar'), { policy: before.policy }), {
      code: 'bundle.not_witnessed',
    })

    const pushed = await pushHead(log, witnesses, post)
    assert.deepEqual(
      pushed.map(({ result }) => 'line' in result),
      [true, true],
    )
    const found = await verified(await exported(one, 'after.tar', options), { policy: before.policy, freshSecs: 600 })
    assert.deepEqual(
      found.anchoring?.cosignatures.map(({ witness }) => witness),
      ['one.example', 'two.example'],
    )

    // The log goes on: what was witnessed stays shown, until the witnesses have seen more.
    await busy(300, 0)
    assert.equal(
      (await verified(await exported(one, 'older.tar', options), { policy: before.policy })).anchoring?.size,
      found.anchoring.size,
    )
    await pushHead(log, witnesses, post)
    const newer = await verified(await exported(one, 'newer.tar', options), { policy: before.policy })
    assert.ok((newer.anchoring?.size ?? 0) > found.anchoring.size)
  })

  test('`upheld verify` tells its kind, what it holds, and what nobody has vouched for', async () => {
    const one = await busy(4, 1)
    const path = await exported(one, 'cli.tar')
    const { checkpoint, key, policy } = await verified(path)
    const run = (...words: string[]) => spawnSync(process.execPath, [main, 'verify', ...words], { encoding: 'utf8' })
    const alone = run(path)
    assert.equal(alone.status, 0, alone.stderr)
    assert.match(alone.stdout, /its 5 entries, and no others/)
    assert.match(alone.stdout, /give the one you trust with --key/)
    assert.match(alone.stdout, /not yet witnessed/)
    const seen = join(folder, 'seen')
    writeFileSync(seen, checkpoint)
    const pinned = run(path, '--key', key, '--policy', policy, '--seen', seen, '--json')
    assert.equal(pinned.status, 0, pinned.stderr)
    assert.match(pinned.stdout, /"keyPinned": true[^]*"policyPinned": true[^]*"continuesSeen": true/)
    const altered = readFileSync(path)
    altered[altered.length >> 1] = (altered[altered.length >> 1] ?? 0) ^ 1
    writeFileSync(path, altered)
    const refused = run(path)
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /bundle\.|transparency\./)
    assert.match(refused.stdout, /Believe nothing/)
  })
})
