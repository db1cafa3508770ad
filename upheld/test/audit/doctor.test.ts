import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { ensureRootKey } from '../../src/adapters/kms/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { Recorder } from '../../src/foundation/audit/index.ts'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import { auditFacts, vaultFacts } from '../../src/surfaces/cli/keeping-facts.ts'
import { resolve } from '../../src/surfaces/cli/settings.ts'
import { stateAt, type State } from '../../src/surfaces/cli/system/state.ts'
import { openLab, type Lab } from './lab.ts'
import { keepCopy, putBack } from './turned-back.ts'

suite('what the doctor says of records, keys and objects', () => {
  let lab: Lab
  let recorder: Recorder
  let o: Organization
  let state: State
  before(async () => {
    lab = await openLab()
    state = stateAt(lab.folder)
    recorder = await lab.recorder()
    o = await lab.tenancy.createOrganization()
    await add()
    await lab.drain(recorder)
  })
  after(() => lab.close())

  const { settings } = resolve(new Map(), {})
  const add = () => o.sql`insert into shop.note (organization_id) values (${o.id})`
  const wrong = async (): Promise<string[]> => {
    const facts = [...(await auditFacts(state, lab.admin)), ...(await vaultFacts(state, settings))]
    for (const { ok, mend } of facts) assert.ok(ok === true || (ok === false && mend !== undefined))
    return facts.filter(({ ok }) => ok !== true).map(({ id, says }) => `${id}: ${says}`)
  }

  test('all is well where all is well, also before anything was sealed', async () => {
    assert.deepEqual(await wrong(), [])
    await add()
    assert.deepEqual(await wrong(), [], 'an entry that has just come waits, and that is fine')
    await lab.drain(recorder)
  })

  test('B5 17: entries that wait longer than the promised 60 seconds are told, and how long', async () => {
    await add()
    await add()
    await lab.tamper(`update upheld_audit.pending set received_at = received_at - interval '61 seconds'`)
    const [says, ...more] = await wrong()
    assert.match(
      says ?? '',
      /^audit\.delay: Of 2 entries [^]* has waited 6\d s; 60 s are promised\. Organizations: 1\.$/,
    )
    assert.deepEqual(more, [])
    await lab.drain(recorder)
    assert.deepEqual(await wrong(), [])
  })

  test('B5 17: so are those of an organization whose log does not hold, though the recorder goes on', async () => {
    const other = await lab.tenancy.createOrganization()
    await other.sql`insert into shop.note (organization_id) values (${other.id})`
    await lab.drain(recorder)
    await lab.tamper(
      `update upheld_audit.leaf set bytes = convert_to(replace(convert_from(bytes, 'UTF8'), 'insert', 'delete'), 'UTF8') where organization_id = '${other.id}'`,
    )
    await other.sql`insert into shop.note (organization_id) values (${other.id})`
    await add()
    const next = await lab.recorder()
    await lab.drain(next)
    assert.equal(lab.troubles.at(-1)?.organization, other.id)
    await lab.tamper(`update upheld_audit.pending set received_at = received_at - interval '2 minutes'`)
    assert.match((await wrong()).join('\n'), /^audit\.delay: Of 1 entries [^\n]*Organizations: 1\.$/)
    await lab.tamper(`delete from upheld_audit.pending where organization_id = '${other.id}'`)
  })

  test('a trigger that was taken away, and a log that was turned back', async () => {
    await lab.tamper('alter table shop.note disable trigger upheld_audit_insert')
    assert.match(
      (await wrong()).join('\n'),
      /^audit\.recording: [^\n]*shop\.note: trigger upheld_audit_insert does not always fire/,
    )
    await lab.tamper('alter table shop.note enable always trigger upheld_audit_insert')
    await keepCopy(lab)
    await add()
    await lab.drain(recorder)
    await putBack(lab)
    assert.match((await wrong()).join('\n'), /^audit\.head: The anchor log has \d+ leaves; \d+ were seen here/)
    rmSync(join(lab.folder, 'audit', 'head'))
    assert.match((await wrong()).join('\n'), /^audit\.head: The newest head of the audit logs is not kept here/)
  })

  test('keys that others may read, that are gone, or that do not open', async () => {
    rmSync(join(lab.folder, 'audit', 'head'), { force: true })
    const told = async (): Promise<string> =>
      (await wrong()).filter(says => /^(files|objects)[.]/.test(says)).join('\n')
    ensureRootKey(state.rootKey, systemClock)
    mkdirSync(join(state.keyFolder, o.id), { recursive: true, mode: 0o700 })
    // A folder that is no key store is not called well.
    assert.match((await wrong()).join('\n'), /\nvault\.keys: The key store is not where it was/)
    assert.match(await told(), /^files\.floors: [^\n]* is gone, and keys are there that need it\.$/)
    writeFileSync(state.floors, '{}', { mode: 0o640 })
    assert.match(await told(), /^files\.floors: [^\n]* can be reached by others \(mode 640\)\.$/)
    chmodSync(state.floors, 0o600)
    assert.equal(await told(), '')
    rmSync(state.rootKey)
    assert.match(await told(), /^files\.root: [^\n]* is gone, and keys are there that need it\.$/)
    ensureRootKey(state.rootKey, systemClock)
    mkdirSync(state.objects, { mode: 0o755 })
    chmodSync(state.objects, 0o755)
    assert.match(await told(), /^objects\.folder: [^\n]* can be reached by others\.$/)
  })

  test('a database without the log is not called well', async () => {
    const bare = await openLab({ audit: false })
    try {
      const [fact, ...more] = await auditFacts(state, bare.admin)
      assert.deepEqual([fact?.id, fact?.ok, more.length], ['audit.recording', false, 0])
    } finally {
      await bare.close()
    }
  })
})
