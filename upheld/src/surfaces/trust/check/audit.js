import { openArchive, under } from './archive.js'
import { hex, refusal, same, sha256, toBase64, utf8 } from './bytes.js'
import { isObject, readCanonical, readLeaf } from './canonical.js'
import { disclosureCheck } from './disclosures.js'
import { handoverPaths, readKeys } from './keys.js'
import { cosignaturesOf, noteText, openCheckpoint, parseKey, parseNote } from './note.js'
import { parsePolicy } from './policy.js'
import { proofOf } from './proof.js'
import { entriesOf, growingTree, leafHash, rootFromProof, tileName, tilePath, upperTiles, width } from './tree.js'

// The audit bundle of one organization, checked from its first byte to its last in this browser.

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {import('./archive.js').Archive} Archive */
/** @typedef {import('./tree.js').Tree} Tree */
/** @typedef {{ key: string, size: number, minimum: number, anchored: boolean, former: import('./keys.js').Former, before: number, proofs: number[], digests: Record<string, unknown> }} Manifest */
/** @typedef {Awaited<ReturnType<typeof readLog>>} Log */

const smallMax = 1_000_000
const plainFiles = ['README.txt', 'policy.txt', 'checkpoint']
const anchorFiles = ['anchor/leaf.json', 'anchor/head.tlog-proof']

/** @param {string} says */
const bad = says => refusal('bundle.bad_archive', says)
/** @param {string} says */
const altered = says => refusal('bundle.altered', says)

/**
 * @param {Blob} file
 * @param {(part: number) => void} onProgress from 0 to 1
 */
export async function checkAudit(file, onProgress = () => undefined) {
  const archive = openArchive(file)
  const own = await readLog(archive, onProgress)
  /** @type {Log[]} */
  const before = []
  for (let at = 1; at <= own.follows; at += 1) {
    const one = await readLog(under(`before/${at}/`, archive), onProgress)
    if (one.follows !== own.follows - at) throw bad('Logs of before are missing.')
    checkFollows(before.at(-1) ?? own, one)
    before.push(one)
  }
  await archive.end()
  return { ...own, before }
}

/** The first leaf of a successor holds the signed head of the log that it follows. @param {Log} later @param {Log} one */
function checkFollows({ firstLeaf, origin }, one) {
  const leaf = firstLeaf === undefined ? undefined : readLeaf(firstLeaf)
  const follows =
    leaf?.['type'] === 'upheld/successor@v1' && leaf['predecessor'] === one.origin && leaf['found'] === one.checkpoint
  if (!follows) throw refusal('bundle.no_chain', `${origin} does not follow ${one.origin}.`)
}

/** @param {Archive} archive @param {(part: number) => void} onProgress */
async function readLog(archive, onProgress) {
  const manifest = readManifest(await archive.take('bundle.json', smallMax))
  const papers = await readPapers(archive, manifest)
  const { head, keys } = papers
  const { tree, ...entries } = await readEntries(archive, manifest, onProgress)
  if (!same(await tree.root(manifest.size), head.root)) throw altered('The entries do not give the signed root.')
  await keys.check(tree)
  await readRest(archive, manifest, tree, papers.checkpoint)
  return {
    follows: manifest.before,
    keys: keys.all,
    origin: head.origin,
    key: manifest.key,
    size: manifest.size,
    minimum: manifest.minimum,
    root: toBase64(head.root),
    checkpoint: papers.checkpoint,
    policy: papers.policy,
    anchoring: papers.anchoring,
    ...entries,
    /** @param {number} size */
    rootAt: async size => {
      const root = await tree.root(size)
      return root === undefined ? undefined : toBase64(root)
    },
  }
}

/** @param {Bytes} bytes @returns {Manifest} */
function readManifest(bytes) {
  const value = bytes.at(-1) === 0x0a ? readCanonical(bytes.slice(0, -1)) : undefined
  if (!isObject(value) || value['type'] !== 'upheld/audit-bundle@v1' || Object.keys(value).length !== 9) {
    throw bad('Its first file is not that of an audit bundle.')
  }
  const { key, size, minimum, anchored, before, proofs, digests } = value
  const whole = typeof key === 'string' && isCount(size) && isCount(minimum) && typeof anchored === 'boolean'
  if (!whole || minimum % width !== 0 || minimum > size || !isObject(digests))
    throw bad('Its first file is not well formed.')
  if (!isCount(before) || before > 64) throw bad('Its logs of before are not well formed.')
  const former = formerOf(value['former'], size)
  const files = papersOf({ anchored, former })
  const indices = Array.isArray(proofs) && proofs.length <= 64 ? proofs.filter(isCount) : undefined
  const ascending = indices?.every((index, i) => index < size && index > (indices[i - 1] ?? minimum - 1))
  if (ascending !== true || indices?.length !== (Array.isArray(proofs) ? proofs.length : -1))
    throw bad('Its proofs are not well formed.')
  if (Object.keys(digests).sort().join() !== files.sort().join()) throw bad('Its digests are not well formed.')
  return { key, size, minimum, anchored, former, before, proofs: indices, digests }
}

/** @param {{ anchored: boolean, former: import('./keys.js').Former }} manifest */
function papersOf({ anchored, former }) {
  return [...plainFiles, ...(anchored ? anchorFiles : []), ...handoverPaths(former)]
}

/** @param {unknown} value @param {number} size @returns {import('./keys.js').Former} */
function formerOf(value, size) {
  let last = -1
  const former = Array.isArray(value) && value.length <= 64 ? value : undefined
  const read = former?.flatMap((/** @type {unknown} */ one) => {
    if (!isObject(one) || Object.keys(one).length !== 2) return []
    const { key, until } = one
    if (typeof key !== 'string' || !isCount(until) || until <= last || until >= size) return []
    last = until
    return [{ key, until }]
  })
  if (read === undefined || read.length !== former?.length) throw bad('Its former keys are not well formed.')
  return read
}

/** @param {unknown} value @returns {value is number} */
function isCount(value) {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** @param {Archive} archive @param {Manifest} manifest */
async function readPapers(archive, { key: keyText, size, anchored, former, digests }) {
  /** @type {Map<string, Bytes>} */
  const files = new Map()
  for (const path of papersOf({ anchored, former })) {
    const bytes = (await archive.take(path, smallMax)).slice()
    if (`sha256:${hex(await sha256(bytes))}` !== digests[path]) throw bad(`${path} was changed.`)
    files.set(path, bytes)
  }
  /** @param {string} path */
  const bytesOf = path => files.get(path) ?? new Uint8Array()
  const policy = await parsePolicy(bytesOf('policy.txt'))
  const keys = await readKeys({ key: keyText, former }, bytesOf)
  const key = await parseKey(keyText, 1)
  const checkpoint = noteText(bytesOf('checkpoint'))
  const head = await openCheckpoint(checkpoint, key)
  if (head.extensions.length > 0 || head.count !== 1)
    throw altered('The checkpoint has lines that this log does not write.')
  if (head.size !== size) throw altered(`${head.size} entries were signed.`)
  const anchoring = anchored
    ? await anchoredBy(head, bytesOf('anchor/leaf.json'), noteText(bytesOf('anchor/head.tlog-proof')), policy)
    : undefined
  return { checkpoint, head, keys, policy: policy.fingerprint, anchoring }
}

/**
 * @param {import('./note.js').Head} head
 * @param {Bytes} leaf
 * @param {string} text
 * @param {import('./policy.js').Policy} policy
 */
async function anchoredBy(head, leaf, text, policy) {
  const proof = proofOf(text)
  const signatures = proof.checkpoint
  const log = logOf(signatures, policy)
  const anchor = await openCheckpoint(signatures, log)
  const cosignatures = await cosignaturesOf(signatures, policy.witnesses)
  const root = await rootFromProof({
    index: proof.index,
    size: anchor.size,
    leaf: await leafHash(leaf),
    hashes: proof.hashes,
  })
  if (!same(root, anchor.root))
    throw refusal('transparency.not_included', 'The proof does not lead to the signed root.')
  const name = toBase64(await sha256(utf8(head.origin)))
  const value = readLeaf(leaf)
  const heads = value?.['type'] === 'upheld/anchor@v1' && Array.isArray(value['heads']) ? value['heads'] : []
  const stands = heads.some(
    (/** @type {unknown} */ one) =>
      isObject(one) && one['log'] === name && one['size'] === head.size && one['root'] === toBase64(head.root),
  )
  if (!stands) throw refusal('bundle.not_anchored', 'The leaf of the anchor log commits to other heads.')
  const cosigned = new Set(cosignatures.map(({ witness }) => witness.encoded))
  return {
    origin: anchor.origin,
    index: proof.index,
    size: anchor.size,
    hasQuorum: policy.isQuorum(cosigned),
    cosignatures: cosignatures.map(({ witness, atSecs }) => ({ witness: witness.name, at: new Date(atSecs * 1000) })),
  }
}

/** The first log of the policy that has signed: one with two keys is there twice. @param {string} note @param {import('./policy.js').Policy} policy */
function logOf(note, { logs }) {
  const { signatures } = parseNote(note)
  const log = logs.find(key => signatures.some(({ name, id }) => name === key.name && id === key.id))
  if (log !== undefined) return log
  throw refusal('transparency.unknown_key', 'None of the logs of the policy has signed it.')
}

/** @param {Archive} archive @param {Manifest} manifest @param {(part: number) => void} onProgress */
async function readEntries(archive, { size, minimum }, onProgress) {
  const [tree, disclosures] = [growingTree(), disclosureCheck()]
  /** @type {string[]} */
  const times = []
  /** @type {Bytes | undefined} */
  let firstLeaf
  for (let index = 0; index * width < size; index += 1) {
    const count = Math.min(width, size - index * width)
    /** @type {Bytes[] | undefined} */
    let hashes
    if (index * width >= minimum) {
      const leaves = await leavesOf(archive, index, count)
      hashes = await Promise.all(leaves.map(leaf => leafHash(leaf)))
      if (index === 0) firstLeaf = leaves[0]
      const lines = `disclosures/${tileName(index)}.jsonl`
      const given = (await archive.peek()) === lines ? (await archive.take(lines, 64 * 1024 * 1024)).slice() : undefined
      await disclosures.take(index * width, leaves, given)
      for (const leaf of [leaves[0], leaves.at(-1)]) {
        const at = leaf === undefined ? undefined : readLeaf(leaf)?.['received_at']
        if (typeof at === 'string') times.splice(1, times.length, at)
      }
    }
    const path = tilePath(0, index, count)
    const tile = (await archive.take(path, 8192)).slice()
    const given = Array.from({ length: Math.floor(tile.length / 32) }, (_, i) => tile.slice(i * 32, i * 32 + 32))
    const fits = tile.length === count * 32 && (hashes ?? given).every((hash, i) => same(hash, given[i]))
    if (!fits) throw altered(`${path} does not belong to the entries.`)
    await tree.add(given)
    onProgress(archive.progress())
  }
  return { tree, firstLeaf, firstAt: times[0], lastAt: times.at(-1), ...disclosures.finish() }
}

/** @param {Archive} archive @param {number} index @param {number} count */
async function leavesOf(archive, index, count) {
  const path = tilePath('entries', index, count)
  const leaves = entriesOf((await archive.take(path, width * (16 * 1024 + 2))).slice(), count)
  if (leaves === undefined) throw altered(`${path} is cut.`)
  const wrong = leaves.findIndex(leaf => readLeaf(leaf) === undefined)
  if (wrong >= 0) throw altered(`Entry ${index * width + wrong} is not canonical JSON.`)
  return leaves
}

/** @param {Archive} archive @param {Manifest} manifest @param {Tree} tree @param {string} checkpoint */
async function readRest(archive, { size, proofs }, tree, checkpoint) {
  for (const { level, index, count } of upperTiles(size)) {
    const path = tilePath(level, index, count)
    if (!same(tree.tile(level, index, count), await archive.take(path, 8192)))
      throw altered(`${path} does not belong to the entries.`)
  }
  for (const index of proofs) {
    const path = `proofs/${index}.tlog-proof`
    const hashes = await tree.proof(index, size)
    const lines = ['c2sp.org/tlog-proof@v1', `index ${index}`, ...hashes.map(hash => toBase64(hash))]
    const only = utf8(`${lines.join('\n')}\n\n${checkpoint}`)
    if (!same(only, await archive.take(path, smallMax))) throw altered(`${path} is not the proof of its entry.`)
  }
}
