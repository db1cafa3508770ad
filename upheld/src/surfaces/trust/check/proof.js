import { decimal, fromBase64, refusal, same } from './bytes.js'
import { openCheckpoint } from './note.js'
import { leafHash, rootFromProof } from './tree.js'

// C2SP tlog-proof: one text that shows that a leaf stands in a signed log.

/** @typedef {import('./bytes.js').Bytes} Bytes */

/** More hashes than the path of any tree whose size is an exact number. */
const hashesMax = 63

/** @param {string} text @returns {{ index: number, hashes: Bytes[], checkpoint: string }} */
export function proofOf(text) {
  const cut = text.indexOf('\n\n')
  const [first, ...lines] = text.slice(0, Math.max(cut, 0)).split('\n')
  const extra = lines[0]?.startsWith('extra ') ? fromBase64((lines.shift() ?? '').slice(6)) : new Uint8Array()
  const indexLine = lines.shift() ?? ''
  const index = indexLine.startsWith('index ') ? decimal(indexLine.slice(6)) : undefined
  const whole = cut >= 0 && first === 'c2sp.org/tlog-proof@v1' && extra !== undefined && lines.length <= hashesMax
  const hashes = whole ? lines.flatMap(line => fromBase64(line) ?? []) : []
  if (!whole || index === undefined || hashes.length !== lines.length || !hashes.every(hash => hash.length === 32)) {
    throw refusal('transparency.bad_proof', 'This is not a proof from a log.')
  }
  return { index, hashes, checkpoint: text.slice(cut + 2) }
}

/**
 * Where this leaf stands, and under which signed head.
 * @param {string} text
 * @param {Bytes} leaf
 * @param {import('./note.js').Key} key
 */
export async function openProof(text, leaf, key) {
  const { index, hashes, checkpoint } = proofOf(text)
  const head = await openCheckpoint(checkpoint, key)
  const root = await rootFromProof({ index, size: head.size, leaf: await leafHash(leaf), hashes })
  if (!same(root, head.root)) throw refusal('transparency.not_included', 'The proof does not lead to the signed root.')
  return { index, head, checkpoint, hashes: hashes.length }
}
