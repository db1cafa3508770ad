import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { JsonObject } from '../../src/core/json.ts'
import type { Database, Queryable } from '../../src/core/ports.ts'
import {
  openCheckpoint,
  parseTilePath,
  shrinkTree,
  signCheckpoint,
  tilePath,
  tilesOf,
  treeRoot,
  verifyProof,
} from '../../src/core/transparency/index.ts'
import {
  appendLeaf,
  exportBundle,
  openEvidenceLog,
  readLog,
  serveLog,
  type EvidenceLog,
} from '../../src/proof/evidence/index.ts'
import { verifyBundle, verifyLog } from '../../src/verify.ts'
import { appendOne, openLab, origin, type Lab } from './lab.ts'

const now = new Date()
let lab: Lab
before(async () => {
  lab = await openLab()
})
after(() => lab.close())

/** Counts statements, and the bytes of leaves that come back. */
function counted(inner: Queryable): Queryable & { readonly count: { statements: number; leaves: number } } {
  const count = { statements: 0, leaves: 0 }
  return {
    count,
    async query(text: string, values?: readonly unknown[]) {
      const result = await inner.query(text, values)
      count.statements += 1
      count.leaves += result.rows.filter(row => row['bytes'] !== undefined).length
      return result
    },
  }
}

test('a new log is empty, signed and can be read', async () => {
  const view = await readLog(lab.page, lab.log)
  assert.equal(view.size, 0)
  assert.equal(openCheckpoint(view.checkpoint, lab.log.verifier).origin, origin)
  assert.deepEqual(verifyBundle(exportBundle(view), { now }).claims, [])
})

test('every append takes three statements, whatever the size of the log, also where tiles become full', async () => {
  for (let i = 0; i < 520; i += 1) {
    const { seen } = await lab.prover.transaction(async tx => {
      const watched = counted(tx)
      const appended = await appendLeaf(watched, lab.log, { type: 'test/leaf@v1', i })
      assert.deepEqual([appended.index, watched.count.statements], [i, 3])
      return appended
    })
    seen()
  }
  assert.equal((await readLog(lab.page, lab.log)).size, 520)
})

test('an append after another host has appended takes one statement more and catches up', async () => {
  const { signer, anchor } = lab.log
  let other: string | undefined = anchor.read()
  const elsewhere = { read: () => other, write: (checkpoint: string) => void (other = checkpoint) }
  await appendOne(lab.prover, await openEvidenceLog(lab.prover, { signer, anchor: elsewhere }), {
    type: 'test/other@v1',
  })
  const { index } = await lab.prover.transaction(async tx => {
    const watched = counted(tx)
    const appended = await appendLeaf(watched, lab.log, { type: 'test/leaf@v1' })
    assert.equal(watched.count.statements, 4)
    return appended
  })
  assert.equal(
    openCheckpoint(anchor.read() ?? '', lab.log.verifier).size,
    index,
    'all but its own leaf, not heard committed',
  )
})

test('a host that has seen any earlier head appends, and one that has seen another past does not', async () => {
  const { signer } = lab.log
  for (const old of [0, 1, 2, 100, 255, 256, 257, 300, 511, 512, 513, 520]) {
    const { tree } = await readLog(lab.page, lab.log)
    const root = treeRoot(shrinkTree(tree, old))
    const anchored = (head: Buffer): EvidenceLog => {
      let kept: string | undefined = signCheckpoint({ size: old, root: head }, signer)
      const anchor = { read: () => kept, write: (checkpoint: string) => void (kept = checkpoint) }
      return { ...lab.log, anchor, unseen: new Set() }
    }
    await appendOne(lab.prover, anchored(root), { type: 'test/late@v1', old })
    if (old === 0) continue
    const other = treeRoot(shrinkTree(tree, old - 1))
    await assert.rejects(() => appendOne(lab.prover, anchored(other), { type: 'x' }), { code: 'evidence.forked' })
  }
})

test('two appends in one transaction follow each other', async () => {
  const { size } = await readLog(lab.page, lab.log)
  const [first, second] = await lab.prover.transaction(
    async tx =>
      [
        await appendLeaf(tx, lab.log, { type: 'test/first@v1' }),
        await appendLeaf(tx, lab.log, { type: 'test/second@v1' }),
      ] as const,
  )
  assert.deepEqual([first.index, second.index], [size, size + 1])
  second.seen()
  first.seen()
  assert.equal((await readLog(lab.page, lab.log)).size, size + 2)
})

test('a transaction that is rolled back leaves no leaf, no tile and no newer head behind, in the database or beside it', async () => {
  const good = await readLog(lab.page, lab.log)
  const change = lab.prover.transaction(async tx => {
    await appendLeaf(tx, lab.log, { type: 'test/lost@v1' })
    await tx.query('savepoint here')
    await appendLeaf(tx, lab.log, { type: 'test/lost@v1' })
    await tx.query('rollback to savepoint here')
    await appendLeaf(tx, lab.log, { type: 'test/lost@v1' })
    throw new Error('changed my mind')
  })
  await assert.rejects(change, /changed my mind/)
  assert.deepEqual(await readLog(lab.page, lab.log), good)
  assert.equal(await lab.append({ type: 'test/leaf@v1' }), good.size)
})

suite('what cannot be a leaf is refused before anything is written', () => {
  let deep: JsonObject = {}
  for (let i = 0; i < 40; i += 1) deep = { deep }
  const leaves: Record<string, JsonObject> = {
    'more than 16 KiB': { text: 'x'.repeat(16 * 1024) },
    'a number with a fraction': { number: 0.5 },
    'a number beyond 2^53': { number: 2 ** 53 },
    'very deep': deep,
  }
  for (const [what, leaf] of Object.entries(leaves)) {
    test(what, () => assert.rejects(() => lab.append(leaf), { code: 'evidence.bad_leaf' }))
  }
  test('16 KiB to the byte is taken', async () => {
    const { size } = await readLog(lab.page, lab.log)
    assert.equal(await lab.append({ text: 'x'.repeat(16 * 1024 - '{"text":""}'.length) }), size)
  })
})

test('a second look fetches only what is new, and an old leaf altered in between is still noticed', async () => {
  const first = await readLog(lab.page, lab.log)
  await lab.append({ type: 'test/leaf@v1', new: true })
  let fetched = 0
  const watching: Database = {
    ...lab.page,
    transaction: work =>
      lab.page.transaction(async tx => {
        const watched = counted(tx)
        const result = await work(watched)
        fetched = watched.count.leaves
        return result
      }),
  }
  const second = await readLog(watching, lab.log, first)
  assert.deepEqual(second, await readLog(lab.page, lab.log))
  assert.equal(fetched, second.size % 256 || 256, 'the leaves of the last bundle')
  assert.equal(second.leaves[0], first.leaves[0], 'the others are the copies that were verified')
  await readLog(watching, lab.log, second)
  assert.equal(fetched, 0)
  await lab.tamper(`update upheld_proof.leaf set bytes = '{}' where index = 3`)
  await assert.rejects(() => readLog(watching, lab.log, second), { code: 'evidence.altered' })
  await lab.tamper(`update upheld_proof.leaf set bytes = '{"i":3,"type":"test/leaf@v1"}' where index = 3`)
  assert.deepEqual(await readLog(watching, lab.log, second), second)
})

test('checkpoint, key, every tile, every proof and the bundle are served, and nothing else is', async () => {
  const view = await readLog(lab.page, lab.log)
  const served = (path: string): Buffer => {
    const file = serveLog(view, path)
    assert.ok(file, path)
    return file.bytes
  }
  const verified = await verifyLog(async path => served(path), { now, key: lab.log.verifier.encoded })
  assert.deepEqual(verified, verifyBundle(served('bundle'), { now, key: lab.log.verifier.encoded }))
  assert.equal(verified.size, view.size)
  for (const index of [0, 255, 256, 511, view.size - 1]) {
    const proof = served(`proof/${index}.tlog-proof`).toString()
    assert.equal(verifyProof(proof, view.leaves[index]?.bytes ?? Buffer.of(), lab.log.verifier).index, index)
  }
  for (const tile of tilesOf(view.size)) {
    const partial = served(tilePath({ ...tile, width: 1 }))
    assert.deepEqual(served(tilePath(tile)).subarray(0, 32), partial)
  }
  assert.equal(serveLog(view, 'tile/0/000')?.immutable, true)
  assert.equal(serveLog(view, 'checkpoint')?.immutable, false)
  const absent = ['', 'x', 'tile/0/002.p/255', 'tile/entries/003', 'tile/3/000.p/1', '../head', 'tile/0/000.p/256']
  for (const path of [...absent, `proof/${view.size}.tlog-proof`, 'proof/-1.tlog-proof', 'proof/01.tlog-proof']) {
    assert.equal(serveLog(view, path), undefined, path)
  }
  assert.ok(parseTilePath('tile/0/002.p/255'), 'a path that is well formed, of a tile that is not there yet')
})
