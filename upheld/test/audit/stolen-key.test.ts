import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createWriteStream, createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, before, suite, test } from 'node:test'
import { canonicalJson } from '../../src/core/json.ts'
import {
  consistencyProof,
  emptyTree,
  formatProof,
  growTree,
  inclusionProof,
  leafHash,
  signCheckpoint,
  subtreesOf,
  treeRoot,
  type NoteSigner,
} from '../../src/core/transparency/index.ts'
import {
  logKeys,
  readAuditLog,
  requestRotation,
  type LogKeys,
  type Recorder,
} from '../../src/foundation/audit/index.ts'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import { auditSource, writeAuditBundle, type AuditSource } from '../../src/proof/bundle/index.ts'
import { anchorLog, pushHead, type WitnessedLog } from '../../src/proof/witness/index.ts'
import { verifyAuditBundle, type AuditOptions, type VerifiedAudit } from '../../src/verify.ts'
import { post } from '../witness/log.ts'
import { forget, startWitness, type RunningWitness } from '../witness/running.ts'
import { openLab, type Lab } from './lab.ts'

const operator = { type: 'operator', id: 'op-1', purpose: 'the key was stolen' } as const

// Somebody has the seed of the log keys, all that they sign with it, and every entry. What they make verifies by itself.
suite('B5 9: the key of the logs is stolen', () => {
  let lab: Lab
  let o: Organization
  let recorder: Recorder
  let witness: RunningWitness
  let stolen: LogKeys
  let kept: VerifiedAudit
  let rotated: VerifiedAudit
  const folder = mkdtempSync(join(tmpdir(), 'upheld-stolen-'))
  before(async () => {
    lab = await openLab()
    o = await lab.tenancy.createOrganization()
    recorder = await lab.recorder()
    stolen = logKeys(lab.files.seeds())
    await entries(7)
    const log = await anchorLog(lab.record)
    witness = await startWitness({ log: log.key, name: 'customer.example' })
    await witnessed(log)
    kept = await verified(await auditSource(o, rules()))
  })
  after(async () => {
    await witness.end('SIGKILL')
    forget(witness)
    await lab.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const rules = () => ({ witnesses: `witness w ${witness.key.encoded}\nquorum w\n` })
  const witnessed = async (log: WitnessedLog): Promise<string> => {
    const [pushed] = await pushHead(log, [witness], post)
    assert.ok(pushed !== undefined)
    return 'code' in pushed.result ? pushed.result.code : 'cosigned'
  }
  async function entries(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) await o.sql`insert into shop.note (organization_id) values (${o.id})`
    await lab.drain(recorder)
  }
  async function verified(source: AuditSource, options: Partial<AuditOptions> = {}): Promise<VerifiedAudit> {
    const path = join(folder, 'bundle.tar')
    await pipeline(Readable.from(writeAuditBundle(source)), createWriteStream(path))
    return verifyAuditBundle(createReadStream(path), { now: new Date(), ...options })
  }
  const leavesNow = async (): Promise<Buffer[]> =>
    (await readAuditLog(lab.record, o.id, recorder.keys)).leaves.map(({ bytes }) => bytes)

  /** A bundle of these leaves as whoever has the keys makes it, with an anchor log of their own around it. */
  async function forged(leaves: readonly Buffer[], signer: NoteSigner): Promise<AuditSource> {
    const honest = await auditSource(o, rules())
    const tree = growTree(emptyTree, leaves.map(leafHash))
    const head = { size: tree.size, root: treeRoot(tree) }
    const anchorSigner = stolen.signer(kept.anchoring?.origin ?? '')
    const log = createHash('sha256').update(signer.verifier.name).digest('base64')
    const heads = [{ log, size: head.size, root: head.root.toString('base64') }]
    const leaf = Buffer.from(canonicalJson({ type: 'upheld/anchor@v1', at: new Date().toISOString(), heads }))
    const anchor = growTree(emptyTree, [leafHash(leaf)])
    const proof = formatProof({
      index: 0,
      hashes: inclusionProof(subtreesOf(anchor), 0, 1),
      checkpoint: signCheckpoint({ size: 1, root: treeRoot(anchor) }, anchorSigner),
    })
    return {
      ...honest,
      key: signer.verifier.encoded,
      checkpoint: signCheckpoint(head, signer),
      policy: `log ${anchorSigner.verifier.encoded}\n${rules().witnesses}`,
      anchoring: { leaf, proof },
      former: [],
      leaves: async (from, to) => leaves.slice(from, to),
      disclosures: async () => [],
    }
  }
  const lie = (leaf: Buffer | undefined): Buffer =>
    Buffer.from(String(leaf).replace('"rows_total":1', '"rows_total":2'))

  test('a fork made with it verifies by itself, and the head that the customer kept gives it away', async () => {
    const leaves = await leavesNow()
    const fork = await forged(leaves.with(3, lie(leaves[3])), stolen.signer(kept.origin))
    assert.equal((await verified(fork, { key: kept.key })).size, 7)
    await assert.rejects(verified(fork, { key: kept.key, seen: kept.checkpoint }), { code: 'bundle.forked' })
    const cut = await forged(leaves.slice(0, 5), stolen.signer(kept.origin))
    await assert.rejects(verified(cut, { key: kept.key, seen: kept.checkpoint }), { code: 'bundle.rolled_back' })
  })

  test('no witness signs its anchor log, so whoever has pinned the policy refuses it without any head', async () => {
    const fork = await forged([...(await leavesNow()), lie(undefined)].slice(0, 7), stolen.signer(kept.origin))
    await assert.rejects(verified(fork, { policy: kept.policy }), { code: 'bundle.not_witnessed' })
    const anchorSigner = stolen.signer(kept.anchoring?.origin ?? '')
    for (const size of [1, kept.anchoring?.size ?? 0, 50]) {
      const tree = growTree(
        emptyTree,
        Array.from({ length: size }, (_, i) => leafHash(Buffer.from(`false ${i}`))),
      )
      const thief: WitnessedLog = {
        key: anchorSigner.verifier,
        head: async () => ({
          size,
          checkpoint: signCheckpoint({ size, root: treeRoot(tree) }, anchorSigner),
          proof: async old => consistencyProof(subtreesOf(tree), old, size),
        }),
        sizeAt: async () => Math.min(size, kept.anchoring?.size ?? 0),
        keep: async () => assert.fail('a witness signed a forged head'),
      }
      assert.match(await witnessed(thief), /^witness\.(refused|ahead)$/)
    }
  })

  test('the keys are changed: every log at once, by an entry that says who and why, and the former key hands over', async () => {
    const idle = await lab.tenancy.createOrganization()
    await idle.sql`insert into shop.note (organization_id) values (${idle.id})`
    await lab.drain(recorder)
    lab.files.addSeed()
    const asked = await requestRotation(lab.record, operator, lab.files.seeds().length)
    assert.equal(asked, 2)
    recorder = await lab.recorder()
    await lab.drain(recorder)
    assert.equal(await requestRotation(lab.record, operator, lab.files.seeds().length), 0)
    const { rows } = await lab.admin.query('select distinct key_epoch from upheld_audit.log')
    assert.deepEqual(rows, [{ key_epoch: 2 }])

    // Whoever kept a head and the former key follows to the key of now.
    rotated = await verified(await auditSource(o, rules()), { key: kept.key, seen: kept.checkpoint })
    assert.notEqual(rotated.key, kept.key)
    assert.deepEqual(rotated.keys, [
      { key: kept.key, from: 0, until: 7 },
      { key: rotated.key, from: 7, until: undefined },
    ])
    const leaves = (await readAuditLog(lab.record, o.id, recorder.keys)).leaves.map(({ value }) => value)
    assert.deepEqual(
      leaves.slice(7).map(({ action, actor }) => [action, actor]),
      [
        ['audit.key', { id: 'recorder', type: 'recorder' }],
        ['audit.rotate', { id: 'op-1', type: 'operator' }],
      ],
    )
    assert.equal(leaves[8]?.['purpose'], operator.purpose)
    await verified(await auditSource(idle, rules()))
  })

  test('what is signed with it after the change is told from what was signed before', async () => {
    const leaves = await leavesNow()
    // The thief goes on where the stolen key signed last, and past it.
    for (const story of [leaves.slice(0, 7).concat(leaves.slice(0, 3)), leaves.slice(0, 9)]) {
      const fork = await forged(story, stolen.signer(kept.origin))
      // By itself, and against a head of before the theft, it looks like a log that went on.
      assert.equal((await verified(fork, { key: kept.key, seen: kept.checkpoint })).size, story.length)
      await assert.rejects(verified(fork, { key: rotated.key }), { code: 'bundle.not_pinned' })
      await assert.rejects(verified(fork, { policy: rotated.policy }), { code: 'bundle.not_pinned' })
      await assert.rejects(verified(fork, { seen: rotated.checkpoint }), { code: 'bundle.other_key' })
      // A head of the thief's in somebody's hands: the honest bundle says that this key signed no more by then.
      const honest = await auditSource(o, rules())
      await assert.rejects(verified(honest, { seen: fork.checkpoint }), { code: 'bundle.key_retired' })
    }
  })

  test('a key that the thief names as the next one leads away from the head that the customer kept', async () => {
    const evil = logKeys([...lab.files.seeds().slice(0, 1), Buffer.alloc(32, 7)]).signer(kept.origin)
    const detail = { epoch: 2, since_size: 7, verifier_key: evil.verifier.encoded }
    const named = Buffer.from(canonicalJson({ type: 'upheld/audit@v1', action: 'audit.key', detail }))
    const story = [...(await leavesNow()).slice(0, 7), named]
    const tree = growTree(emptyTree, story.map(leafHash))
    const own = stolen.signer(kept.origin)
    const checkpoint = signCheckpoint({ size: 8, root: treeRoot(tree) }, own)
    const fork = {
      ...(await forged(story, evil)),
      former: [{ key: kept.key, until: 7, leaf: named, checkpoint }],
    }
    assert.equal((await verified(fork, { key: kept.key, seen: kept.checkpoint })).key, evil.verifier.encoded)
    await assert.rejects(verified(fork, { seen: rotated.checkpoint }), { code: 'bundle.other_key' })
    await assert.rejects(verified(fork, { key: rotated.key }), { code: 'bundle.not_pinned' })
    await assert.rejects(verified(fork, { policy: kept.policy }), { code: 'bundle.not_witnessed' })
  })

  test('a witness that was told the new key goes on from the head that it signed under the former one', async () => {
    const log = await anchorLog(lab.record)
    assert.match(await witnessed(log), /^witness\.refused$/)
    await witness.end('SIGTERM')
    witness = await startWitness({ log: log.key, state: witness.state })
    assert.equal(await witnessed(log), 'cosigned')
    const fresh = await verified(await auditSource(o, rules()), { policy: rotated.policy, freshSecs: 600 })
    assert.equal(fresh.anchoring?.hasQuorum, true)
  })
})
