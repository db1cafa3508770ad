import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  consistencyProof,
  decodeEntries,
  decodeHashes,
  edgeTiles,
  emptyTree,
  encodeEntries,
  formatProof,
  fullRoot,
  generateSignerKey,
  growEdge,
  growTree,
  inclusionProof,
  leafHash,
  parseSignerKey,
  parseTilePath,
  provesConsistency,
  provesInclusion,
  rootFromEdge,
  shrinkTree,
  signCheckpoint,
  subtreesOf,
  tileHashes,
  tilePath,
  tilesOf,
  tileWidth,
  treeRoot,
  verifyProof,
  type EdgeTile,
} from './index.ts'
import { rootOver } from './merkle.ts'

const sizeMax = 1500
const leaves = Array.from({ length: sizeMax }, (_, i) => Buffer.from(`leaf ${i}`))
const hashes = leaves.map(leafHash)
const whole = growTree(emptyTree, hashes)
const trees = (min: number) => fc.integer({ min, max: sizeMax }).map(size => shrinkTree(whole, size))
const flip = (bytes: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(bytes)
  const at = (bit >> 3) % copy.length
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7))
  return copy
}
const flipOne = (list: readonly Buffer[], which: number, bit: number): Buffer[] =>
  list.map((hash, i) => (i === which % list.length ? flip(hash, bit) : hash))

// The reference values of Certificate Transparency's own test suite, RFC 6962.
const ctLeaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const ctRoots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

test('the roots are those of Certificate Transparency', () => {
  const ct = ctLeaves.map(hex => leafHash(Buffer.from(hex, 'hex')))
  ctRoots.forEach((root, size) => {
    assert.equal(treeRoot(growTree(emptyTree, ct.slice(0, size))).toString('hex'), root)
  })
})

test('a tree grown in any steps has the root that the definition gives', () => {
  fc.assert(
    fc.property(trees(0), fc.nat(sizeMax), (tree, step) => {
      const cut = Math.min(step, tree.size)
      const grown = growTree(growTree(emptyTree, hashes.slice(0, cut)), hashes.slice(cut, tree.size))
      assert.deepEqual(treeRoot(grown), rootOver(hashes.slice(0, tree.size)))
      assert.deepEqual(grown, tree)
    }),
    { numRuns: 60 },
  )
})

test('every leaf of every tree is proven, and by nothing that differs in one bit', () => {
  fc.assert(
    fc.property(trees(1), fc.nat(), fc.nat(), fc.nat(), (tree, pick, which, bit) => {
      const [index, size, root] = [pick % tree.size, tree.size, treeRoot(tree)]
      const leaf = hashes[index] ?? root
      const proof = inclusionProof(subtreesOf(tree), index, size)
      const good = { index, size, leaf, proof, root }
      assert.ok(provesInclusion(good))
      assert.ok(!provesInclusion({ ...good, leaf: flip(leaf, bit) }))
      assert.ok(!provesInclusion({ ...good, root: flip(root, bit) }))
      assert.ok(!provesInclusion({ ...good, proof: [...proof, root] }))
      assert.ok(!provesInclusion({ ...good, index: size }))
      assert.ok(!provesInclusion({ ...good, index: -1 }))
      if (size > 1) {
        assert.ok(!provesInclusion({ ...good, index: (index + 1) % size }))
        assert.ok(!provesInclusion({ ...good, proof: proof.slice(1) }))
        assert.ok(!provesInclusion({ ...good, proof: flipOne(proof, which, bit) }))
      }
    }),
    { numRuns: 300 },
  )
})

test('every beginning of every tree is proven, and by nothing that differs in one bit', () => {
  fc.assert(
    fc.property(trees(1), fc.nat(), fc.nat(), fc.nat(), (tree, pick, which, bit) => {
      const [size, root, oldSize] = [tree.size, treeRoot(tree), pick % (tree.size + 1)]
      const oldRoot = treeRoot(shrinkTree(tree, oldSize))
      const proof = consistencyProof(subtreesOf(tree), oldSize, size)
      const good = { oldSize, oldRoot, size, root, proof }
      assert.ok(provesConsistency(good))
      assert.ok(!provesConsistency({ ...good, oldRoot: flip(oldRoot, bit) }))
      assert.ok(!provesConsistency({ ...good, oldSize: size + 1 }))
      assert.ok(!provesConsistency({ ...good, proof: [...proof, root] }))
      if (oldSize > 0) assert.ok(!provesConsistency({ ...good, root: flip(root, bit) }))
      if (proof.length > 0) {
        assert.ok(!provesConsistency({ ...good, proof: flipOne(proof, which, bit) }))
        assert.ok(!provesConsistency({ ...good, proof: proof.slice(1) }))
      }
    }),
    { numRuns: 300 },
  )
})

test('the tiles at the right edge are enough for the root', () => {
  fc.assert(
    fc.property(trees(0), tree => {
      const edge = edgeTiles(tree.size).map(tile => tileHashes(tree, tile))
      assert.deepEqual(rootFromEdge(edge), treeRoot(tree))
    }),
  )
})

test('an edge grown in any steps has the tiles and the root of the whole tree, whether its peaks are known or not', () => {
  const steps = fc.array(fc.nat(600), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(steps, fc.boolean(), (counts, known) => {
      let [edge, size]: [readonly EdgeTile[], number] = [[], 0]
      for (const count of counts) {
        const tree = shrinkTree(whole, Math.min(size + count, sizeMax))
        const grown = growEdge(edge, size, hashes.slice(size, tree.size))
        size = tree.size
        assert.deepEqual(grown.root, treeRoot(tree))
        for (const { level, index, hashes: own } of grown.tiles) {
          assert.deepEqual(own, tileHashes(tree, { level, index, width: own.length }))
        }
        assert.deepEqual(
          grown.edge.map(({ level, index, hashes: own }) => ({ level, index, width: own.length })),
          edgeTiles(size),
        )
        for (const { hashes: own, peaks } of grown.tiles) {
          if (own.length === tileWidth) assert.deepEqual(peaks, [fullRoot(own)])
        }
        edge = known ? grown.edge : grown.edge.map(({ level, index, hashes: own }) => ({ level, index, hashes: own }))
      }
    }),
    { numRuns: 100 },
  )
})

test('a tree of 70,000 leaves has the tiles that the specification counts', () => {
  const tiles = tilesOf(70_000)
  const partial = tiles.filter(tile => tile.width < 256)
  assert.equal(tiles.length, 273 + 1 + 1 + 1 + 1)
  assert.deepEqual(partial.map(tilePath), ['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1'])
  assert.deepEqual(tilesOf(256).map(tilePath), ['tile/0/000', 'tile/1/000.p/1'])
})

test('a tile has one path and a path names one tile', () => {
  assert.equal(tilePath({ level: 0, index: 1_234_067, width: 256 }), 'tile/0/x001/x234/067')
  assert.deepEqual(parseTilePath('tile/entries/x001/234.p/56'), { level: 'entries', index: 1234, width: 56 })
  const tile = fc.record(
    { level: fc.nat(63), index: fc.maxSafeNat(), width: fc.integer({ min: 1, max: 256 }) },
    { noNullPrototype: true },
  )
  fc.assert(fc.property(tile, one => assert.deepEqual(parseTilePath(tilePath(one)), one)))
  const parts = fc.array(
    fc.constantFrom('tile/', '0', '00', '64', 'entries', '/', 'x', '001', 'x001', '.p/', '256', '-1', ' '),
  )
  fc.assert(
    fc.property(parts, list => {
      const parsed = parseTilePath(list.join(''))
      assert.ok(parsed === undefined || tilePath(parsed) === list.join(''))
    }),
  )
})

const noTiles = [
  'tile/00/000',
  'tile/64/000',
  'tile/0/0',
  'tile/0/x000/001',
  'tile/0/001/002',
  'tile/0/000.p/0',
  'tile/0/000.p/256',
  'tile/0/000.p/01',
  'tile/0/../000',
  'tile/-1/000',
  'tile/0/000\n',
]
for (const path of noTiles) {
  test(`${JSON.stringify(path)} names no tile`, () => assert.equal(parseTilePath(path), undefined))
}

test('leaves are read back out of a bundle, and no cut bundle is read', () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 256 })
  fc.assert(
    fc.property(entries, fc.nat(), (list, cut) => {
      const bytes = encodeEntries(list)
      assert.deepEqual(
        decodeEntries(bytes).map(entry => new Uint8Array(entry)),
        list,
      )
      const shorter = bytes.subarray(0, cut % (bytes.length + 1))
      assert.ok(shorter.length === bytes.length || isRefusedOr(() => decodeEntries(shorter).length < list.length))
    }),
  )
  assert.throws(() => decodeEntries(Buffer.alloc(2 * 257)), { code: 'transparency.bad_tile' })
  assert.throws(() => encodeEntries([Buffer.alloc(65_536)]), { code: 'transparency.bad_tile' })
  assert.throws(() => decodeHashes(Buffer.alloc(33)), { code: 'transparency.bad_tile' })
  assert.throws(() => decodeHashes(Buffer.alloc(32 * 257)), { code: 'transparency.bad_tile' })
})

test('a proof file verifies its leaf, and no file that differs in one character verifies', () => {
  const signer = parseSignerKey(generateSignerKey('example.com/log'))
  const tree = shrinkTree(whole, 77)
  const checkpoint = signCheckpoint({ size: tree.size, root: treeRoot(tree) }, signer)
  const proof = formatProof({ index: 33, hashes: inclusionProof(subtreesOf(tree), 33, 77), checkpoint })
  const leaf = leaves[33] ?? Buffer.of()
  assert.equal(verifyProof(proof, leaf, signer.verifier).index, 33)
  const extra = proof.replace('index', 'extra AAEC\nindex')
  assert.equal(verifyProof(extra, leaf, signer.verifier).index, 33)
  assert.throws(() => verifyProof(proof, Buffer.from('leaf 34'), signer.verifier), {
    code: 'transparency.not_included',
  })
  for (let at = 0; at < proof.length; at += 1) {
    for (const other of ['A', '0', '\n', ' ', '']) {
      if (proof[at] === other) continue
      const altered = proof.slice(0, at) + other + proof.slice(at + 1)
      assert.throws(() => verifyProof(altered, leaf, signer.verifier), { name: 'UpheldError' }, JSON.stringify(altered))
    }
  }
})

function isRefusedOr(check: () => boolean): boolean {
  try {
    return check()
  } catch (error) {
    return error instanceof Error && error.name === 'UpheldError'
  }
}
