import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  generateSignerKey,
  leafHash,
  parsePolicy,
  parseSignerKey,
  signCheckpoint,
} from '../../core/transparency/index.ts'
import { writeAuditBundle } from './index.ts'
import type { AuditSource } from './index.ts'
import {
  sampleDisclosure,
  sampleEntry,
  samplePolicy,
  sampleSigner,
  sampleSource,
  witnessedSecs,
} from './sample/source.ts'
import type { SampleOptions } from './sample/source.ts'
import { verifyAuditBundle } from './verify/index.ts'
import type { AuditOptions, VerifiedAudit } from './verify/index.ts'

const now = new Date((witnessedSecs + 3600) * 1000)
const policy = parsePolicy(Buffer.from(samplePolicy)).fingerprint
const key = sampleSigner.verifier.encoded
const ours = { name: 'UpheldError', code: /^(bundle|transparency)\./ }

async function bundleOf(size: number, options?: SampleOptions): Promise<Buffer> {
  return Buffer.concat(
    await Array.fromAsync(
      writeAuditBundle(sampleSource(size, options), { proofs: size > 2 ? [size - 3, size - 1] : [] }),
    ),
  )
}

async function* pieces(bytes: Buffer, size = 1000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function verified(bytes: Buffer, options: Partial<AuditOptions> = {}): Promise<VerifiedAudit> {
  return verifyAuditBundle(pieces(bytes, 65_536), { now, ...options })
}

suite('an audit bundle', () => {
  test('says what the log says, at every size around the edges of tiles', async () => {
    for (const size of [1, 2, 20, 255, 256, 257, 700]) {
      const found = await verified(await bundleOf(size), { key, policy, freshSecs: 3600 })
      assert.equal(found.size, size)
      assert.equal(found.firstAt, sampleEntry(0)['received_at'])
      assert.equal(found.lastAt, sampleEntry(size - 1)['received_at'])
      const wanted = Array.from({ length: size }, (_, i) => sampleDisclosure(i)).flatMap(one => one ?? [])
      if (size > 19) assert.equal(found.erased, 1)
      assert.equal(found.disclosed + found.erased, wanted.length)
      assert.deepEqual(
        found.anchoring?.cosignatures.map(({ witness }) => witness),
        ['auditor.example/witness'],
      )
    }
  })
  test('of a log with no entry, and of one whose first entries were pruned, verifies', async () => {
    assert.equal((await verified(await bundleOf(0))).size, 0)
    const pruned = await verified(await bundleOf(700, { minimum: 512 }))
    assert.deepEqual([pruned.size, pruned.minimum, pruned.firstAt], [700, 512, sampleEntry(512)['received_at']])
  })
  test('is the same bytes each time, and is read in pieces of any size', async () => {
    const bytes = await bundleOf(300)
    assert.ok(bytes.equals(await bundleOf(300)))
    for (const size of [7, 511, 512, bytes.length]) {
      assert.equal((await verifyAuditBundle(pieces(bytes, size), { now })).size, 300)
    }
  })
  test('the largest file of entries costs no more in many small pieces', async () => {
    const request = 'x'.repeat(15_000)
    const bytes = await bundleOf(256, { entry: i => ({ ...sampleEntry(i), request }) })
    // Copied anew with each piece, this would be 80 GB.
    assert.equal((await verifyAuditBundle(pieces(bytes, 100), { now })).size, 256)
  })
})

suite('every change of an audit bundle is refused', () => {
  test('B5 1: a bit flipped in any byte, a byte cut out or doubled', async () => {
    const whole = await bundleOf(22)
    for (let at = 0; at < whole.length; at += 1) {
      // Most of a tar file is zeros that one comparison covers: every byte that is not, and a fair share of those.
      if (whole[at] === 0 && at % 13 > 0) continue
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
      await assert.rejects(verified(flipped), ours, `byte ${at}`)
      if (at % 61 > 0) continue
      await assert.rejects(
        verified(Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1)])),
        ours,
        `without byte ${at}`,
      )
      await assert.rejects(verified(whole.subarray(0, at)), ours, `cut at ${at}`)
      await assert.rejects(
        verified(Buffer.concat([whole.subarray(0, at + 1), whole.subarray(at)])),
        ours,
        `byte ${at} twice`,
      )
    }
    await assert.rejects(verified(Buffer.concat([whole, Buffer.alloc(512)])), ours)
  })
  test('B5 2: entries dropped, doubled, swapped or slipped in', async () => {
    const good = sampleSource(300)
    const leaves = [...(await good.leaves(0, 300))]
    const forms = [
      leaves.toSpliced(7, 1),
      leaves.toSpliced(7, 0, leaves[7] ?? Buffer.of()),
      leaves.with(7, leaves[8] ?? Buffer.of()),
    ]
    for (const lie of forms) {
      const source = { ...good, leaves: async (from: number, to: number) => lie.slice(from, to) }
      await assert.rejects(Array.fromAsync(writeAuditBundle(source)), { code: 'export.bad_source' })
    }
    const [one, other] = [await bundleOf(300), await bundleOf(300, { entry: i => sampleEntry(i === 7 ? 8 : i) })]
    const at = one.findIndex((byte, i) => byte !== other[i] && i > 20_000)
    assert.ok(at > 0)
    await assert.rejects(verified(Buffer.concat([one.subarray(0, at), other.subarray(at)])), ours)
  })
  test('B5 12: the checkpoint of another organization is not taken for this one', async () => {
    const other = parseSignerKey(generateSignerKey('northwind-desk.example/upheld/audit/other'))
    const bytes = await bundleOf(20, { signer: other })
    await assert.rejects(verified(bytes, { key }), { code: 'bundle.not_pinned' })
    const namesake = parseSignerKey(generateSignerKey(sampleSigner.verifier.name))
    await assert.rejects(verified(await bundleOf(20, { signer: namesake }), { key }), { code: 'bundle.not_pinned' })
  })
  test('B5 13: an entry that looks like a node of the tree is hashed as an entry', async () => {
    const { tile } = await twoHashes()
    const found = await verified(await bundleOf(1, { entry: () => ({ node: tile }), anchored: true }))
    assert.notEqual(found.root, tile)
  })
  test('an entry that is not canonical JSON is refused, though its log signed it', async () => {
    for (const text of [
      '{"b":1,"a":2}',
      '{"a":1.0}',
      '{"a":1}\n',
      '{"a":"\\u0041"}',
      '{"a":1,"a":1}',
      '[]',
      '{"a":-0}',
    ]) {
      const source = memoryOf(text)
      await assert.rejects(
        verified(Buffer.concat(await Array.fromAsync(writeAuditBundle(source)))),
        { code: 'bundle.altered' },
        text,
      )
    }
  })
})

suite('personal values', () => {
  const change = (make: (index: number) => ReturnType<typeof sampleDisclosure>) => bundleOf(30, { disclosure: make })
  test('B5 19: an erased value leaves the log as it was, and points to the entry that says so', async () => {
    const before = await verified(
      await change(i => (i === 13 ? undefined : sampleDisclosure(i)) ?? sampleDisclosure(i)),
    )
    assert.deepEqual([before.disclosed, before.erased, before.erasedUnlogged], [2, 1, 0])
    const waiting = await change(i =>
      i === 13 ? { entry: 13, name: 'ip', erasedBy: { id: 'later' } } : sampleDisclosure(i),
    )
    assert.equal((await verified(waiting)).erasedUnlogged, 1)
  })
  const lies: Record<string, (index: number) => ReturnType<typeof sampleDisclosure>> = {
    'with another value': i =>
      i === 3 ? { entry: 3, name: 'ip', salt: Buffer.alloc(32), value: 'x' } : sampleDisclosure(i),
    'of another entry': i => (i === 3 ? { ...sampleDisclosure(23), entry: 3, name: 'ip' } : sampleDisclosure(i)),
    'under another name': i =>
      i === 3 ? { ...sampleDisclosure(3), entry: 3, name: 'user_agent' } : sampleDisclosure(i),
    'left out': i => (i === 3 ? undefined : sampleDisclosure(i)),
    'of an entry that has none': i =>
      i === 4 ? { ...sampleDisclosure(3), entry: 4, name: 'ip' } : sampleDisclosure(i),
    'erased by an entry that says nothing of it': i =>
      i === 3
        ? { entry: 3, name: 'ip', erasedBy: { id: '019aa0a0-0000-7000-8000-000000000005', index: 5 } }
        : sampleDisclosure(i),
    'erased by the erasure of another one': i =>
      i === 3
        ? { entry: 3, name: 'ip', erasedBy: { id: '019aa0a0-0000-7000-8000-000000000019', index: 19 } }
        : sampleDisclosure(i),
    'erased by an entry before it': i =>
      i === 23 ? { entry: 23, name: 'ip', erasedBy: { id: 'x', index: 19 } } : sampleDisclosure(i),
    'erased by an entry that is not there': i =>
      i === 23 ? { entry: 23, name: 'ip', erasedBy: { id: 'x', index: 99 } } : sampleDisclosure(i),
  }
  for (const [what, lie] of Object.entries(lies)) {
    test(`B5 21: a value ${what} is refused`, async () => {
      await assert.rejects(verified(await change(lie)), { code: 'bundle.bad_disclosure' })
    })
  }
})

suite('what the reader knows already', () => {
  test('B5 3: a log that was cut is refused by whoever has seen a later head', async () => {
    const later = sampleSource(300).checkpoint
    await assert.rejects(verified(await bundleOf(200), { seen: later }), { code: 'bundle.rolled_back' })
    for (const size of [300, 301, 511, 512, 513, 900]) {
      assert.equal((await verified(await bundleOf(size), { seen: later })).continuesSeen, true)
    }
    for (const size of [0, 1, 255, 256, 257, 512]) {
      assert.equal((await verified(await bundleOf(700), { seen: sampleSource(size).checkpoint })).continuesSeen, true)
    }
  })
  test('B5 3: without such a head, a policy asks for a fresh quorum', async () => {
    const bytes = await bundleOf(200)
    assert.equal((await verified(bytes, { policy, freshSecs: 3600 })).size, 200)
    await assert.rejects(verified(bytes, { policy, freshSecs: 3599 }), { code: 'bundle.stale' })
    await assert.rejects(verified(await bundleOf(200, { anchored: false }), { policy }), {
      code: 'bundle.not_anchored',
    })
    await assert.rejects(verified(await bundleOf(200, { anchored: false }), { freshSecs: 9e9 }), {
      code: 'bundle.stale',
    })
  })
  test('B5 26: a cosignature that is old is called stale, however good it is', async () => {
    const old = await bundleOf(20, { witnessedAfterSecs: -86_400 })
    assert.equal((await verified(old)).anchoring?.witnessedAt?.getTime(), (witnessedSecs - 86_400) * 1000)
    await assert.rejects(verified(old, { freshSecs: 86_400 }), { code: 'bundle.stale' })
  })
  test('B5 4: a fork is refused by whoever has seen the other head', async () => {
    const forked = sampleSource(300, { entry: i => sampleEntry(i === 7 ? 8 : i) })
    for (const size of [300, 301, 600]) {
      await assert.rejects(verified(await bundleOf(size), { seen: forked.checkpoint }), { code: 'bundle.forked' })
    }
  })
  test('B5 27: a policy is believed when the reader has pinned it, and said to be its own otherwise', async () => {
    const bytes = await bundleOf(20)
    const alone = await verified(bytes)
    assert.deepEqual([alone.keyPinned, alone.policyPinned, alone.policy], [false, false, policy])
    assert.equal((await verified(bytes, { policy })).policyPinned, true)
    await assert.rejects(verified(bytes, { policy: `sha256:${'0'.repeat(64)}` }), { code: 'bundle.not_pinned' })
  })
})

async function twoHashes(): Promise<{ readonly tile: string }> {
  const { root } = await verified(await bundleOf(2))
  return { tile: root }
}

/** A log whose only entry is this text. */
function memoryOf(text: string): AuditSource {
  const leaf = Buffer.from(text)
  const checkpoint = signCheckpoint({ size: 1, root: leafHash(leaf) }, sampleSigner)
  return {
    ...sampleSource(1, { anchored: false }),
    checkpoint,
    leaves: async () => [leaf],
    disclosures: async () => [],
  }
}
