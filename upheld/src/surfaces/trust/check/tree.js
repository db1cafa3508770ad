import { concat, sha256 } from './bytes.js'

// The Merkle tree of RFC 6962: a leaf is hashed after a zero byte, a node after a one.

/** @typedef {import('./bytes.js').Bytes} Bytes */

export const width = 256
const [leafMark, nodeMark] = [Uint8Array.of(0), Uint8Array.of(1)]

/** @param {Bytes} leaf */
export const leafHash = leaf => sha256(concat([leafMark, leaf]))

/** @param {Bytes} left @param {Bytes} right */
const nodeHash = (left, right) => sha256(concat([nodeMark, left, right]))

/** The root over these hashes. @param {readonly Bytes[]} hashes @returns {Promise<Bytes>} */
export async function rootOver(hashes) {
  const [first] = hashes
  if (first === undefined) return sha256(new Uint8Array())
  if (hashes.length === 1) return first
  let middle = 1
  while (middle * 2 < hashes.length) middle *= 2
  const [left, right] = await Promise.all([rootOver(hashes.slice(0, middle)), rootOver(hashes.slice(middle))])
  return nodeHash(left, right)
}

/** Roots of whole tiles, level by level, and the hashes of level 0 as they came. */
export function growingTree() {
  /** @type {Bytes[][]} */
  const levels = []
  /** @param {number} level @param {Bytes} hash */
  const push = async (level, hash) => {
    const hashes = (levels[level] ??= [])
    hashes.push(hash)
    if (hashes.length % width === 0) await push(level + 1, await rootOver(hashes.slice(-width)))
  }
  return {
    /** @param {readonly Bytes[]} hashes */
    async add(hashes) {
      for (const hash of hashes) await push(0, hash)
    },
    /** The tile as tlog-tiles writes it. @param {number} level @param {number} index @param {number} count */
    tile: (level, index, count) => concat((levels[level] ?? []).slice(index * width, index * width + count)),
    /** The hash of a leaf. @param {number} index */
    leaf: index => levels[0]?.[index] ?? new Uint8Array(),
    /** The root when the tree had so many leaves; undefined when it never did. @param {number} size */
    async root(size) {
      if (size > (levels[0]?.length ?? 0)) return undefined
      /** @type {Bytes | undefined} */
      let below
      for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / width)) {
        const edge = (levels[level] ?? []).slice(count - (count % width), count)
        const hashes = below === undefined ? edge : [...edge, below]
        if (hashes.length > 0) below = await rootOver(hashes)
      }
      return below ?? rootOver([])
    },
    /** The hashes from a leaf's sibling up to the root's child. @param {number} index @param {number} size */
    proof: (index, size) => inclusionProof(levels, index, size),
  }
}

/** @typedef {ReturnType<typeof growingTree>} Tree */

/** The root over the leaves [start, end). @param {Bytes[][]} levels @param {number} start @param {number} end @returns {Promise<Bytes>} */
async function rangeRoot(levels, start, end) {
  for (let level = 0, span = 1; span <= end - start; level += 1, span *= width) {
    const known = span === end - start ? levels[level]?.[start / span] : undefined
    if (known !== undefined) return known
  }
  const middle = start + split(end - start)
  return nodeHash(await rangeRoot(levels, start, middle), await rangeRoot(levels, middle, end))
}

/** @param {Bytes[][]} levels @param {number} index @param {number} size */
async function inclusionProof(levels, index, size) {
  /** @type {Bytes[]} */
  const path = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + split(end - start)
    path.unshift(await (index < middle ? rangeRoot(levels, middle, end) : rangeRoot(levels, start, middle)))
    if (index < middle) end = middle
    else start = middle
  }
  return path
}

/** @param {number} count */
function split(count) {
  let half = 1
  while (half * 2 < count) half *= 2
  return half
}

/**
 * Whether a leaf hash stands at this index under this root, RFC 9162 section 2.1.3.2.
 * @param {{ index: number, size: number, leaf: Bytes, hashes: readonly Bytes[] }} of
 * @returns {Promise<Bytes | undefined>} the root that follows
 */
export async function rootFromProof({ index, size, leaf, hashes }) {
  let [position, last, hash] = [index, size - 1, leaf]
  if (index >= size) return undefined
  for (const sibling of hashes) {
    if (last === 0) return undefined
    if (position % 2 === 1 || position === last) {
      hash = await nodeHash(sibling, hash)
      while (position % 2 === 0 && position !== 0) [position, last] = [position / 2, Math.floor(last / 2)]
    } else {
      hash = await nodeHash(hash, sibling)
    }
    ;[position, last] = [Math.floor(position / 2), Math.floor(last / 2)]
  }
  return last === 0 ? hash : undefined
}

/** Every tile of a tree above level 0, lowest first. @param {number} size */
export function upperTiles(size) {
  const tiles = []
  for (let level = 1, count = Math.floor(size / width); count > 0; level += 1, count = Math.floor(count / width)) {
    for (let index = 0; index * width < count; index += 1) {
      tiles.push({ level, index, count: Math.min(width, count - index * width) })
    }
  }
  return tiles
}

/** Such as tile/0/x001/x234/067.p/8. @param {string | number} level @param {number} index @param {number} count */
export function tilePath(level, index, count) {
  return `tile/${level}/${tileName(index)}${count === width ? '' : `.p/${count}`}`
}

/** @param {number} index */
export function tileName(index) {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? []
  return [...groups.slice(0, -1).map(group => `x${group}`), ...groups.slice(-1)].join('/')
}

/** The leaves of an entry bundle, undefined when they do not fill it. @param {Bytes} bytes @param {number} count */
export function entriesOf(bytes, count) {
  /** @type {Bytes[]} */
  const entries = []
  let at = 0
  while (entries.length < count && at + 2 <= bytes.length) {
    const end = at + 2 + (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
    if (end > bytes.length) return undefined
    entries.push(bytes.subarray(at + 2, end))
    at = end
  }
  return entries.length === count && at === bytes.length ? entries : undefined
}
