// What this visitor saw of a log before, kept in this browser alone.

/** @typedef {{ key: string, size: number, root: string, at: string }} Seen */

/** @param {string} origin */
const place = origin => `upheld.seen ${origin}`

/** @param {Storage} storage @param {string} origin @returns {Seen | undefined} */
export function lastSeen(storage, origin) {
  try {
    /** @type {unknown} */
    const value = JSON.parse(storage.getItem(place(origin)) ?? 'null')
    if (typeof value !== 'object' || value === null) return undefined
    const { key, size, root, at } = { key: '', size: -1, root: '', at: '', ...value }
    return typeof key === 'string' &&
      Number.isSafeInteger(size) &&
      size >= 0 &&
      typeof root === 'string' &&
      typeof at === 'string'
      ? { key, size, root, at }
      : undefined
  } catch {
    return undefined
  }
}

/** @param {Storage} storage @param {string} origin @param {Seen} seen */
export function remember(storage, origin, seen) {
  try {
    storage.setItem(place(origin), JSON.stringify(seen))
    return true
  } catch {
    return false
  }
}

/**
 * How what is shown now goes with what was seen before.
 * @param {Seen | undefined} seen
 * @param {{ key: string, keys?: import('./keys.js').SigningKey[], size: number, rootAt: (size: number) => Promise<string | undefined> }} log
 * @returns {Promise<'first' | 'continues' | 'other_key' | 'retired' | 'shorter' | 'forked'>}
 */
export async function compared(seen, { key, keys, size, rootAt }) {
  if (seen === undefined) return 'first'
  const signed = keys?.find(one => one.key === seen.key)
  if (seen.key !== key && signed === undefined) return 'other_key'
  if (signed?.until !== undefined && seen.size > signed.until + 1) return 'retired'
  if (size < seen.size) return 'shorter'
  return (await rootAt(seen.size)) === seen.root ? 'continues' : 'forked'
}
