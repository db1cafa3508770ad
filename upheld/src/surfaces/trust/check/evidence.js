import { refusal, same, toBase64 } from './bytes.js'
import { isObject, leafBytes, readCanonical, readLeaf } from './canonical.js'
import { openCheckpoint, parseKey, noteText } from './note.js'
import { claimsReader } from './standing.js'
import { entriesOf, growingTree, leafHash, tilePath, width } from './tree.js'

// The evidence log of a service: as one file, or tile by tile from where it is served.

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {(path: string) => Promise<Bytes>} Get */

const leavesMax = 5_000_000

/** @param {Bytes} bytes the evidence bundle, canonical JSON */
export async function checkEvidenceFile(bytes) {
  const bundle = readCanonical(bytes)
  if (!isObject(bundle) || bundle['type'] !== 'upheld/bundle@v1' || Object.keys(bundle).length !== 4) {
    throw refusal('verify.bad_bundle', 'This is not an evidence bundle, or not byte for byte as it was made.')
  }
  const { key, checkpoint, leaves } = bundle
  if (typeof key !== 'string' || typeof checkpoint !== 'string' || !Array.isArray(leaves)) {
    throw refusal('verify.bad_bundle', 'Expected checkpoint, key and leaves.')
  }
  const texts = leaves.flatMap((/** @type {unknown} */ leaf) => leafBytes(leaf) ?? [])
  if (texts.length !== leaves.length) throw refusal('verify.bad_bundle', 'A leaf cannot be one.')
  const head = await openHead(checkpoint, key, 'alone')
  return finish(head, key, checkpoint, texts)
}

/** @param {Get} get @param {(part: number) => void} onProgress */
export async function checkEvidenceLog(get, onProgress = () => undefined) {
  const keyText = noteText(await get('key'))
  const key = keyText.endsWith('\n') ? keyText.slice(0, -1) : ''
  const checkpoint = noteText(await get('checkpoint'))
  const head = await openHead(checkpoint, key, 'cosigned')
  if (head.size > leavesMax) throw refusal('verify.too_big', 'This is more evidence than can be checked here.')
  /** @type {Bytes[]} */
  const leaves = []
  for (let index = 0; index * width < head.size; index += 1) {
    const count = Math.min(width, head.size - index * width)
    const file = await get(tilePath('entries', index, count))
    const entries = entriesOf(file, count)
    if (entries === undefined) throw refusedFile(file, index * width, count, head.size)
    leaves.push(...entries)
    onProgress(leaves.length / head.size)
  }
  return finish(head, key, checkpoint, leaves)
}

/** Whole entries, and fewer than there should be, were cut off; anything else was changed. @param {Bytes} file @param {number} from @param {number} count @param {number} size */
function refusedFile(file, from, count, size) {
  const cut = Array.from({ length: count }, (_, fewer) => fewer).some(fewer => entriesOf(file, fewer) !== undefined)
  return cut
    ? refusal('verify.cut', `The head is signed for ${size} entries; the file of those from ${from} on is cut.`)
    : refusal('verify.altered', `The file of the entries from ${from} on was changed.`)
}

/** @param {string} checkpoint @param {string} keyText @param {'alone' | 'cosigned'} how */
async function openHead(checkpoint, keyText, how) {
  const head = await openCheckpoint(checkpoint, await parseKey(keyText, 1))
  if (head.extensions.length > 0 || (how === 'alone' && head.count !== 1)) {
    throw refusal('verify.altered', 'The checkpoint has lines that this log does not write.')
  }
  return head
}

/** @param {import('./note.js').Head} head @param {string} key @param {string} checkpoint @param {Bytes[]} leaves */
async function finish(head, key, checkpoint, leaves) {
  if (leaves.length !== head.size)
    throw refusal('verify.altered', `It has ${leaves.length} leaves; ${head.size} were signed.`)
  const tree = growingTree()
  for (let at = 0; at < leaves.length; at += width) {
    await tree.add(await Promise.all(leaves.slice(at, at + width).map(leaf => leafHash(leaf))))
  }
  if (!same(await tree.root(head.size), head.root))
    throw refusal('verify.altered', 'The leaves do not give the signed root.')
  const reader = claimsReader()
  for (const [index, bytes] of leaves.entries()) {
    const leaf = readLeaf(bytes)
    if (leaf === undefined) throw refusal('verify.altered', `Leaf ${index} is not canonical JSON.`)
    await reader.take(leaf)
  }
  return {
    origin: head.origin,
    key,
    size: head.size,
    root: toBase64(head.root),
    checkpoint,
    standings: reader.standings,
    /** @param {number} size */
    rootAt: async size => {
      const root = await tree.root(size)
      return root === undefined ? undefined : toBase64(root)
    },
  }
}
