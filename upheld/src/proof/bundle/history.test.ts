import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { generateSignerKey, parseSignerKey, signCheckpoint } from '../../core/transparency/index.ts'
import { writeAuditBundle } from './index.ts'
import type { AuditSource } from './index.ts'
import { followingSource, rotatedSource, sampleNextSigner } from './sample/history.ts'
import { sampleEntry, sampleSigner, sampleSource, witnessedSecs } from './sample/source.ts'
import { verifyAuditBundle } from './verify/index.ts'
import type { AuditOptions, VerifiedAudit } from './verify/index.ts'

const now = new Date((witnessedSecs + 3600) * 1000)
const [key, nextKey] = [sampleSigner.verifier.encoded, sampleNextSigner.verifier.encoded]
const ours = { name: 'UpheldError', code: /^(bundle|transparency)\./ }

async function bundleOf(source: AuditSource): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(writeAuditBundle(source)))
}

function verified(bytes: Buffer, options: Partial<AuditOptions> = {}): Promise<VerifiedAudit> {
  async function* whole(): AsyncGenerator<Buffer> {
    yield bytes
  }
  return verifyAuditBundle(whole(), { now, ...options })
}

const verifiedSource = async (source: AuditSource, options: Partial<AuditOptions> = {}): Promise<VerifiedAudit> =>
  verified(await bundleOf(source), options)

/** Every byte that says something is changed in turn, some are cut out. */
async function assertEveryByteCounts(whole: Buffer): Promise<void> {
  const share = 1 + Math.floor(whole.length / 1_500)
  for (let at = 0; at < whole.length; at += share) {
    const flipped = Buffer.from(whole)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
    await assert.rejects(verified(flipped), ours, `byte ${at}`)
    if (at % (61 * share) > 0) continue
    await assert.rejects(verified(whole.subarray(0, at)), ours, `cut at ${at}`)
    await assert.rejects(
      verified(Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1)])),
      ours,
      `without ${at}`,
    )
  }
}

suite('a log that changed its key', () => {
  test('B5 9: is believed by whoever has pinned either key, at every edge of a tile, and tells which one signs what', async () => {
    for (const [size, until] of [
      [2, 1],
      [1, 0],
      [300, 40],
      [300, 255],
      [300, 256],
      [600, 511],
    ] as const) {
      for (const pinned of [key, nextKey]) {
        const found = await verifiedSource(rotatedSource(size, until), { key: pinned })
        assert.deepEqual([found.key, found.keyPinned], [nextKey, true])
        assert.deepEqual(found.keys, [
          { key, from: 0, until },
          { key: nextKey, from: until, until: undefined },
        ])
      }
    }
    const pruned = await verifiedSource(rotatedSource(600, 40, { minimum: 512 }), { key })
    assert.deepEqual([pruned.key, pruned.minimum], [nextKey, 512])
  })
  test('B5 9: continues a head that the former key signed, up to where it handed over and no further', async () => {
    const whole = rotatedSource(300, 256)
    const entries = (size: number) => rotatedSource(size, 256, { to: sampleSigner })
    for (const size of [0, 1, 256]) {
      const seen = sampleSource(size).checkpoint
      assert.equal((await verifiedSource(whole, { seen })).continuesSeen, true, String(size))
    }
    assert.equal((await verifiedSource(whole, { seen: whole.former[0]?.checkpoint ?? '' })).continuesSeen, true)
    for (const size of [258, 300, 900]) {
      const seen = entries(size).checkpoint
      await assert.rejects(verifiedSource(whole, { seen }), { code: 'bundle.key_retired' }, String(size))
    }
    const rewritten = sampleSource(200, { entry: i => sampleEntry(i === 7 ? 8 : i) }).checkpoint
    await assert.rejects(verifiedSource(whole, { seen: rewritten }), { code: 'bundle.forked' })
    // Whoever has the former key goes on with it: a head under the new one says that this is not the log.
    await assert.rejects(verifiedSource(sampleSource(900), { seen: whole.checkpoint }), { code: 'bundle.other_key' })
    await assert.rejects(verifiedSource(sampleSource(900), { key: nextKey }), { code: 'bundle.not_pinned' })
  })
  test('B5 9: a key that its former one has not named, or not here, is refused', async () => {
    const good = rotatedSource(300, 40)
    const [handed] = good.former
    assert.ok(handed !== undefined)
    const stranger = parseSignerKey(generateSignerKey(sampleSigner.verifier.name))
    const elsewhere = parseSignerKey(generateSignerKey('northwind-desk.example/upheld/audit/other'))
    const otherHead = signCheckpoint({ size: 41, root: Buffer.alloc(32) }, sampleSigner)
    const lies: Readonly<Record<string, AuditSource>> = {
      'signed by a stranger': rotatedSource(300, 40, { from: stranger, to: stranger }),
      'named by an entry of another kind': { ...good, former: [{ ...handed, leaf: Buffer.from('{}') }] },
      'handed over at another place': { ...good, former: [{ ...handed, until: 41 }] },
      'of another tree': { ...good, former: [{ ...handed, checkpoint: otherHead }] },
      'of another log': rotatedSource(300, 40, { from: elsewhere }),
      'left out': { ...good, former: [] },
      twice: { ...good, former: [handed, handed] },
      'never named': sampleSource(300, { signer: sampleNextSigner, former: [{ ...handed }] }),
    }
    for (const [what, source] of Object.entries(lies)) {
      await assert.rejects(verifiedSource(source, { key }), ours, what)
    }
  })
  test('B5 1: every byte of how it was handed over counts', async () => {
    await assertEveryByteCounts(await bundleOf(rotatedSource(5, 3)))
  })
})

suite('a log that follows closed ones', () => {
  const oldest = sampleSource(20, { anchored: false })
  const middle = followingSource(300, oldest, 'northwind-desk.example/upheld/audit/2')
  const newest = followingSource(5, middle, 'northwind-desk.example/upheld/audit/3')

  test('B5 6: comes with all of them in one bundle, each held to the head that its successor names', async () => {
    const found = await verifiedSource(newest)
    assert.deepEqual(
      [found, ...found.before].map(({ origin, size }) => [origin.slice(-1), size]),
      [
        ['3', 5],
        ['2', 300],
        ['0', 20],
      ],
    )
    assert.equal(found.before[1]?.erased, 1)
    for (const seen of [newest, middle, oldest, sampleSource(7)]) {
      assert.equal((await verifiedSource(newest, { seen: seen.checkpoint })).continuesSeen, true)
    }
  })
  test('B5 6: what a restore lost is told to whoever has kept a head of before', async () => {
    const seen = sampleSource(23).checkpoint
    await assert.rejects(verifiedSource(newest, { seen }), { code: 'bundle.rolled_back' })
    const other = sampleSource(20, { entry: i => sampleEntry(i === 7 ? 8 : i) }).checkpoint
    await assert.rejects(verifiedSource(newest, { seen: other }), { code: 'bundle.forked' })
    const foreign = parseSignerKey(generateSignerKey('elsewhere.example/upheld/audit/9'))
    await assert.rejects(verifiedSource(newest, { seen: sampleSource(7, { signer: foreign }).checkpoint }), {
      code: 'bundle.other_key',
    })
  })
  test('B5 2: a closed log exchanged, altered, cut, left out or put in another order is refused', async () => {
    const rewritten = sampleSource(20, { entry: i => sampleEntry(i === 7 ? 8 : i), anchored: false })
    const lies: Readonly<Record<string, AuditSource>> = {
      altered: { ...newest, before: [middle, rewritten] },
      cut: { ...newest, before: [middle, sampleSource(12, { anchored: false })] },
      grown: { ...newest, before: [middle, sampleSource(21, { anchored: false })] },
      'in another order': { ...newest, before: [oldest, middle] },
      'not named': { ...sampleSource(5), before: [oldest] },
    }
    for (const [what, source] of Object.entries(lies)) {
      await assert.rejects(verifiedSource(source), { code: 'bundle.no_chain' }, what)
    }
    const whole = await bundleOf(newest)
    const last = whole.indexOf('before/2/bundle.json')
    const cut = Buffer.concat([whole.subarray(0, last), Buffer.alloc(1024)])
    await assert.rejects(verified(cut), { code: 'bundle.bad_archive' })
  })
  test('B5 1: every byte of every log counts', async () => {
    await assertEveryByteCounts(await bundleOf(followingSource(2, sampleSource(5, { anchored: false }), 'a.example/2')))
  })
})

suite('the first time, with no head that was kept', () => {
  test('B5 3: a log that was cut is as well proven as ever, and its anchor is old: a fresh one is asked for', async () => {
    // The operator cuts the log, and proves its former head in the anchor log of now, which a witness has just seen.
    const cut = sampleSource(200, { anchoredAfterSecs: -86_400 })
    assert.equal((await verifiedSource(cut)).size, 200)
    assert.equal((await verifiedSource(cut)).anchoring?.witnessedAt?.getTime(), witnessedSecs * 1000)
    await assert.rejects(verifiedSource(cut, { freshSecs: 86_400 }), { code: 'bundle.stale' })
    assert.equal((await verifiedSource(cut, { freshSecs: 86_400 + 3600 })).size, 200)
    assert.equal((await verifiedSource(sampleSource(200), { freshSecs: 3600 })).size, 200)
  })
  test('B5 26: an anchor or a cosignature of the future is not taken for a fresh one', async () => {
    const year = 365 * 86_400
    for (const [witnessedAfterSecs, anchoredAfterSecs] of [
      [0, year],
      [year, year],
      [year, 0],
      [-1_000, -600],
    ] as const) {
      const dated = sampleSource(20, { witnessedAfterSecs, anchoredAfterSecs })
      await assert.rejects(verifiedSource(dated, { freshSecs: 7_200 }), { code: 'bundle.stale' })
      assert.equal((await verifiedSource(dated)).size, 20)
    }
    const apart = sampleSource(20, { witnessedAfterSecs: -900, anchoredAfterSecs: -600 })
    assert.equal((await verifiedSource(apart, { freshSecs: 7_200 })).size, 20)
  })
})
