// What this visitor saw of a log before, kept in this browser alone.

/** @typedef {{ size: number, root: string, at: string }} Head */
/** @typedef {Head & { key: string, checkpoint: string, before: Head[] }} Seen */

/** Heads that are remembered besides the newest: one that comes back is known again. */
const beforeMax = 50
const prefix = 'upheld.seen '

/** @param {Storage} storage @param {string} origin @returns {Seen | undefined} */
export function lastSeen(storage, origin) {
  try {
    /** @type {unknown} */
    const value = JSON.parse(storage.getItem(prefix + origin) ?? 'null')
    if (typeof value !== 'object' || value === null) return undefined
    const { key, checkpoint, before } = { key: '', checkpoint: '', before: [], ...value }
    const head = headOf(value)
    if (head === undefined || typeof key !== 'string' || typeof checkpoint !== 'string') return undefined
    return { ...head, key, checkpoint, before: Array.isArray(before) ? before.flatMap(one => headOf(one) ?? []) : [] }
  } catch {
    return undefined
  }
}

/** @param {unknown} value @returns {Head | undefined} */
function headOf(value) {
  if (typeof value !== 'object' || value === null) return undefined
  const { size, root, at } = { size: -1, root: '', at: '', ...value }
  const good = Number.isSafeInteger(size) && size >= 0 && typeof root === 'string' && typeof at === 'string'
  return good ? { size, root, at } : undefined
}

/** Every log that this browser has seen. @param {Storage} storage */
export function allSeen(storage) {
  return Array.from({ length: storage.length }, (_, place) => storage.key(place) ?? '')
    .filter(name => name.startsWith(prefix))
    .sort()
    .flatMap(name => {
      const origin = name.slice(prefix.length)
      const seen = lastSeen(storage, origin)
      return seen === undefined ? [] : [{ origin, seen }]
    })
}

/** @param {Storage} storage */
export function forgetAll(storage) {
  for (const { origin } of allSeen(storage)) storage.removeItem(prefix + origin)
}

/** @param {Storage} storage @param {string} origin @param {Head & { key: string, checkpoint: string }} head */
export function remember(storage, origin, head) {
  try {
    const last = lastSeen(storage, origin)
    const earlier = last === undefined ? [] : [{ size: last.size, root: last.root, at: last.at }, ...last.before]
    const before = earlier.filter(one => one.size !== head.size || one.root !== head.root).slice(0, beforeMax)
    storage.setItem(prefix + origin, JSON.stringify({ ...head, before }))
    return true
  } catch {
    return false
  }
}

/**
 * How what is shown now goes with what was seen before.
 * @param {Seen | undefined} seen
 * @param {{ key: string, keys?: import('./keys.js').SigningKey[], size: number, root: string, rootAt: (size: number) => Promise<string | undefined> }} log
 * @returns {Promise<'first' | 'continues' | 'other_key' | 'retired' | 'replayed' | 'shorter' | 'two_heads' | 'forked'>}
 */
export async function compared(seen, { key, keys, size, root, rootAt }) {
  if (seen === undefined) return 'first'
  const signed = keys?.find(one => one.key === seen.key)
  if (seen.key !== key && signed === undefined) return 'other_key'
  if (signed?.until !== undefined && seen.size > signed.until + 1) return 'retired'
  if (size < seen.size) return seen.before.some(one => one.size === size && one.root === root) ? 'replayed' : 'shorter'
  if ((await rootAt(seen.size)) === seen.root) return 'continues'
  return size === seen.size && key === seen.key ? 'two_heads' : 'forked'
}
