import { isObject, readLeaf } from './canonical.js'
import { refusal, same } from './bytes.js'
import { noteText, openCheckpoint, parseKey } from './note.js'
import { leafHash } from './tree.js'

// A log that changed its key: the last leaf that the key before signs names the next one.

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {{ key: string, until: number }[]} Former */
/** @typedef {{ key: string, from: number, until: number | undefined }} SigningKey */

/** @param {number} at */
const bad = at => refusal('bundle.altered', `Key ${at + 1} of this log does not hand over to the next one.`)

/** @param {Former} former */
export function handoverPaths(former) {
  return former.flatMap((_, i) => [`keys/${i}/leaf.json`, `keys/${i}/checkpoint`])
}

/**
 * @param {{ key: string, former: Former }} manifest
 * @param {(path: string) => Bytes} bytesOf
 */
export async function readKeys({ key, former }, bytesOf) {
  const texts = [...former.map(one => one.key), key]
  const keys = await Promise.all(texts.map(text => parseKey(text, 1)))
  const handed = await Promise.all(
    former.map(async ({ until }, i) => {
      const [own, next] = [keys[i], keys[i + 1]]
      if (own === undefined || next === undefined || own.name !== next.name) throw bad(i)
      const leaf = bytesOf(`keys/${i}/leaf.json`)
      const head = await openCheckpoint(noteText(bytesOf(`keys/${i}/checkpoint`)), own)
      const plain = head.extensions.length === 0 && head.count === 1
      if (!plain || head.size !== until + 1 || !names(leaf, next.encoded, until)) throw bad(i)
      return { head, leaf: await leafHash(leaf), until }
    }),
  )
  return {
    /** @type {SigningKey[]} */
    all: texts.map((text, i) => ({ key: text, from: former[i - 1]?.until ?? 0, until: former[i]?.until })),
    /** @param {import('./tree.js').Tree} tree */
    async check(tree) {
      for (const [i, { head, leaf, until }] of handed.entries()) {
        const root = await tree.root(head.size)
        if (root === undefined || !same(root, head.root) || !same(tree.leaf(until), leaf)) throw bad(i)
      }
    },
  }
}

/** @param {Bytes} leaf @param {string} next @param {number} until */
function names(leaf, next, until) {
  const value = readLeaf(leaf)
  const detail = value?.['detail']
  const named = value?.['type'] === 'upheld/audit@v1' && value['action'] === 'audit.key'
  return named && isObject(detail) && detail['verifier_key'] === next && detail['since_size'] === until
}
