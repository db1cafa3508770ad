import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { writeContextKey } from '../../src/adapters/keys/index.ts'
import { readAuditLog, recordEvent, type Recorder } from '../../src/foundation/audit/index.ts'
import { passwordsByName, type Organization } from '../../src/foundation/tenancy/index.ts'
import { auditSource, writeAuditBundle } from '../../src/proof/bundle/index.ts'
import { verifyAuditBundle, type VerifiedAudit } from '../../src/verify.ts'
import { endAll, run } from '../e2e/harness.ts'
import { openLab, type Lab } from './lab.ts'
import { textOf } from './told.ts'
import { keepCopy, putBack } from './turned-back.ts'

/** The commands of an operator, each a process of its own, on logs that a real recorder wrote. */
suite('upheld audit erase, rotate and succeed', () => {
  let lab: Lab
  let recorder: Recorder
  let o: Organization
  before(async () => {
    lab = await openLab()
    recorder = await lab.recorder()
    o = await lab.tenancy.createOrganization()
    writeContextKey(join(lab.folder, 'keys', 'context.key'), lab.key)
    const { password } = new URL(lab.urls.app)
    const logins = passwordsByName(() => password)
    writeFileSync(join(lab.folder, 'keys', 'logins.json'), JSON.stringify(logins), { mode: 0o600 })
  })
  after(async () => {
    await endAll()
    await lab.close()
  })

  const audit = (...words: string[]) => run(['audit', ...words, '--state', lab.folder, '--database', lab.urls.admin])
  async function bundled(): Promise<VerifiedAudit> {
    const source = await auditSource(o)
    return verifyAuditBundle(writeAuditBundle(source), { now: new Date() })
  }
  const said = async (): Promise<unknown[]> =>
    (await readAuditLog(lab.record, o.id, recorder.keys)).leaves.map(({ value }) => value['action'])

  test('erase says first what it would do, then does it, and the log says who asked and why', async () => {
    await recordEvent(o, { action: 'session.started', personal: { ip: '192.0.2.7', name: 'Ann' } })
    await lab.drain(recorder)
    const [leaf] = (await readAuditLog(lab.record, o.id, recorder.keys)).leaves
    const words = ['erase', '--organization', o.id, '--entry', textOf(leaf?.value['id']), '--reason', 'request 7']
    const asked = await audit(...words)
    assert.equal(asked.code, 2, asked.err)
    assert.match(asked.out, /2 personal values would be erased/)
    assert.deepEqual([(await bundled()).disclosed, await said()], [2, ['session.started']])
    const done = await audit(...words, '--yes', o.id)
    assert.equal(done.code, 0, done.err)
    await lab.drain(recorder)
    const found = await bundled()
    assert.deepEqual([found.disclosed, found.erased, found.erasedUnlogged], [0, 2, 0])
    const last = (await readAuditLog(lab.record, o.id, recorder.keys)).leaves.find(
      ({ value }) => value['action'] === 'audit.erase',
    )
    assert.equal(last?.value['purpose'], 'request 7')
    assert.equal((await audit('erase', '--organization', o.id, '--entry', 'no-id')).code, 64)
  })

  test('rotate gives every log a new key, prints that of the anchor log, and says so in each log', async () => {
    const former = await bundled()
    const done = await audit('rotate', '--reason', 'the laptop was stolen', '--json')
    assert.equal(done.code, 0, done.err)
    const { anchorKey, logs, epoch } = z
      .object({ anchorKey: z.string(), logs: z.number(), epoch: z.number() })
      .parse(JSON.parse(done.out))
    assert.deepEqual([logs, epoch], [1, 2])
    assert.match(anchorKey, /^northwind-desk\.example\/upheld\/anchor\+/)
    recorder = await lab.recorder()
    const found = await bundled()
    assert.deepEqual(
      found.keys.map(({ key }) => key),
      [former.key, found.key],
    )
    assert.ok((await said()).includes('audit.rotate'))
  })

  test('succeed goes on after a restore, and is refused where nothing was lost', async () => {
    const refused = await audit('succeed', '--reason', 'for fun')
    assert.notEqual(refused.code, 0)
    assert.match(refused.err, /audit\.not_turned_back/)
    const whole = await bundled()
    await keepCopy(lab)
    await o.sql`insert into shop.note (organization_id) values (${o.id})`
    await lab.drain(recorder)
    await putBack(lab)
    const done = await audit('succeed', '--reason', 'A volume was lost.')
    assert.equal(done.code, 0, done.err)
    recorder = await lab.recorder()
    const found = await bundled()
    assert.equal(found.before[0]?.origin, whole.origin)
    assert.ok((await said()).includes('audit.succeed'))
  })
})
