import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { suite, test } from 'node:test'
import { openSuccessors, pruneLog, recordEvent, setRetention } from '../../src/foundation/audit/index.ts'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import { auditSource, writeAuditBundle } from '../../src/proof/bundle/index.ts'
import { verifyAuditBundle, type AuditOptions, type VerifiedAudit } from '../../src/verify.ts'
import { host, openLab } from './lab.ts'
import { keepCopy, putBack } from './turned-back.ts'

const main = join(import.meta.dirname, '../../src/surfaces/cli/main.ts')

suite('logs that ended when the database was turned back', () => {
  test('B5 6: twice turned back, one bundle holds all three logs, and a kept head says what was lost', async () => {
    const lab = await openLab()
    const folder = mkdtempSync(join(tmpdir(), 'upheld-closed-'))
    const path = join(folder, 'bundle.tar')
    const bundled = async (one: Organization, options: Partial<AuditOptions> = {}): Promise<VerifiedAudit> => {
      await pipeline(Readable.from(writeAuditBundle(await auditSource(one))), createWriteStream(path))
      return verifyAuditBundle(createReadStream(path), { now: new Date(), ...options })
    }
    try {
      const [o, idle] = [await lab.tenancy.createOrganization(), await lab.tenancy.createOrganization()]
      const add = (one = o) => one.sql`insert into shop.note (organization_id) values (${one.id})`
      let recorder = await lab.recorder()
      await recordEvent(o, { action: 'session.started', personal: { ip: '192.0.2.7' } })
      await add(idle)
      await lab.drain(recorder)
      const first = await bundled(o)
      const lost: VerifiedAudit[] = []
      for (let times = 0; times < 2; times += 1) {
        await keepCopy(lab)
        await add()
        await lab.drain(recorder)
        lost.push(await bundled(o))
        await putBack(lab)
        await assert.rejects(lab.recorder(), { code: 'audit.rolled_back' })
        const how = {
          db: lab.record,
          host,
          seeds: lab.files.seeds(),
          anchor: lab.files.anchor,
          reason: 'A disk was lost.',
        }
        await openSuccessors(how)
        recorder = await lab.recorder()
        await lab.drain(recorder)
      }
      const whole = await bundled(o, { seen: first.checkpoint })
      assert.deepEqual(
        whole.before.map(({ origin, size, disclosed }) => [origin, size, disclosed]),
        [
          [lost[1]?.origin, (lost[1]?.size ?? 0) - 1, 0],
          [first.origin, first.size, 1],
        ],
      )
      assert.equal(whole.continuesSeen, true)
      for (const head of lost)
        await assert.rejects(bundled(o, { seen: head.checkpoint }), { code: 'bundle.rolled_back' })
      // An organization that did nothing meanwhile has its whole log as well, and a closed one that is altered is none.
      assert.deepEqual((await bundled(idle)).before.length, 2)
      const seen = join(folder, 'seen')
      writeFileSync(seen, first.checkpoint)
      await bundled(o)
      const run = spawnSync(process.execPath, [main, 'verify', path, '--seen', seen], { encoding: 'utf8' })
      assert.equal(run.status, 0, run.stderr)
      assert.match(run.stdout, /continues the head that you have kept/)
      assert.ok(run.stdout.includes(`it follows ${first.origin}, which ended with ${first.size} entries`))
      assert.ok(readFileSync(path).includes('before/2/bundle.json'))
      await lab.tamper(
        `update upheld_audit.leaf l set bytes = convert_to(replace(convert_from(l.bytes, 'UTF8'), 'session.started', 'session.stopped'), 'UTF8')
         from upheld_audit.log g where g.id = l.log and g.origin = '${first.origin}'`,
      )
      await assert.rejects(bundled(o), { code: 'export.bad_source' })
    } finally {
      await lab.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('B5 22: what a policy no longer keeps goes out of a closed log too, and what stays is still proven', async () => {
    const lab = await openLab()
    const operator = { type: 'operator', id: 'op-1', purpose: 'retention' } as const
    try {
      const o = await lab.tenancy.createOrganization()
      let recorder = await lab.recorder()
      await o.transaction(async tx => {
        for (let i = 0; i < 300; i += 1)
          await recordEvent(tx, { action: 'session.started', personal: { ip: '192.0.2.7' } })
      })
      await lab.drain(recorder)
      await keepCopy(lab)
      await recordEvent(o, { action: 'session.ended' })
      await lab.drain(recorder)
      await putBack(lab)
      const kept = { db: lab.record, host, seeds: lab.files.seeds(), anchor: lab.files.anchor }
      await openSuccessors({ ...kept, reason: 'A disk was lost.' })
      recorder = await lab.recorder()
      await lab.drain(recorder)
      const bundled = async () => verifyAuditBundle(writeAuditBundle(await auditSource(o)), { now: new Date() })
      await setRetention(lab.record, o.id, { keepDays: 30, legalHold: null }, operator)
      assert.equal(await pruneLog(lab.record, o.id, operator), 0)
      assert.deepEqual(
        (await bundled()).before.map(({ minimum, disclosed }) => [minimum, disclosed]),
        [[0, 300]],
      )
      await lab.tamper(`update upheld_audit.leaf set received_at = received_at - interval '31 days'`)
      assert.equal(await pruneLog(lab.record, o.id, operator), 0)
      await lab.drain(recorder)
      assert.deepEqual(
        (await bundled()).before.map(({ minimum, disclosed }) => [minimum, disclosed]),
        [[256, 44]],
      )
    } finally {
      await lab.close()
    }
  })
})
