import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { UpheldError } from '../../src/core/errors.ts'
import { generateSignerKey, parseSignerKey } from '../../src/core/transparency/index.ts'
import type { Recorder } from '../../src/foundation/audit/index.ts'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import { auditSource, writeAuditBundle } from '../../src/proof/bundle/index.ts'
import { verifyAuditBundle, type VerifiedAudit } from '../../src/verify.ts'
import { openLab, type Lab } from './lab.ts'

// Whoever may write what waits, but has no seed, would have the recorder itself sign that a key of theirs comes next.
suite('a log is handed over by nobody but the recorder', () => {
  let lab: Lab
  let o: Organization
  let other: Organization
  let recorder: Recorder
  before(async () => {
    lab = await openLab()
    o = await lab.tenancy.createOrganization()
    other = await lab.tenancy.createOrganization()
    recorder = await lab.recorder()
  })
  after(() => lab.close())

  const add = (one: Organization) => one.sql`insert into shop.note (organization_id) values (${one.id})`
  const bundled = async (one: Organization): Promise<VerifiedAudit> =>
    verifyAuditBundle(writeAuditBundle(await auditSource(one)), { now: new Date() })
  const wait = (action: string, detail: object) =>
    lab.record.query(
      `insert into upheld_audit.pending (id, organization_id, body) values (gen_random_uuid(), $1, $2::jsonb)`,
      [
        o.id,
        JSON.stringify({
          action,
          actor: { type: 'recorder', id: 'recorder' },
          purpose: 'x',
          outcome: 'success',
          detail,
        }),
      ],
    )

  test('B5 9: an entry that waits and names a next key is not signed, and the other logs go on', async () => {
    await add(o)
    await lab.drain(recorder)
    const { origin, size } = await bundled(o)
    const thief = parseSignerKey(generateSignerKey(origin))
    await wait('audit.key', { epoch: 2, since_size: size, verifier_key: thief.verifier.encoded })
    await add(other)
    assert.equal(await lab.drain(recorder), 1)
    assert.equal((await bundled(o)).size, size)
    assert.equal((await bundled(other)).size, 1)
    const [trouble] = lab.troubles
    assert.ok(trouble?.error instanceof UpheldError && trouble.error.code === 'audit.altered')
    assert.equal(trouble.organization, o.id)
    // What the organization does meanwhile waits, and is not lost.
    await add(o)
    assert.equal(await recorder.step(), 0)
    assert.equal((await lab.pending()).length, 2)
  })
})
