import { concat, fromBase64, refusal, sha256, toBase64, utf8 } from './bytes.js'
import { isObject, readCanonical, readLeaf } from './canonical.js'

// Personal values beside the log: each must be the one that its entry commits to, or be called erased by a later entry.

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {{ entry: number, name: string, salt?: Bytes, value?: string, by?: { id: string, index?: number } }} Line */

/** @typedef {{ name: string, value: string, of: unknown }} Commitment what an entry commits to, and the id of that entry */
/** @typedef {{ id: string, values: { name: string, of: unknown }[] }} Promised */

/** @param {string} says */
const bad = says => refusal('bundle.bad_disclosure', says)

export function disclosureCheck() {
  const tally = { disclosed: 0, erased: 0, erasedUnlogged: 0 }
  /** @type {Map<number, Promised>} */
  const promised = new Map()
  /** @param {Line} line @param {Commitment} commits */
  const takeLine = async (line, { value, of }) => {
    if (line.salt !== undefined) {
      const label = utf8(`upheld/commitment@v1\n${line.name}\n`)
      const digest = await sha256(concat([label, line.salt, utf8(line.value ?? '')]))
      if (toBase64(digest) !== value) throw bad(`Entry ${line.entry}, ${line.name} differs.`)
      tally.disclosed += 1
      return
    }
    const { id = '', index } = line.by ?? {}
    tally.erased += 1
    if (index === undefined) {
      tally.erasedUnlogged += 1
      return
    }
    const before = promised.get(index) ?? { id, values: [] }
    if (index <= line.entry || before.id !== id) throw bad(`Entry ${line.entry} is erased by no later entry.`)
    before.values.push({ name: line.name, of })
    promised.set(index, before)
  }
  return {
    /** @param {number} first @param {readonly Bytes[]} leaves @param {Bytes | undefined} file */
    async take(first, leaves, file) {
      const given = file === undefined ? [] : linesOf(file)
      if (file !== undefined && given.length === 0) throw bad('A file of none.')
      const wanted = leaves.flatMap((leaf, i) => commitmentsOf(leaf).map(one => ({ ...one, entry: first + i })))
      for (const [i, one] of wanted.entries()) {
        const line = given[i]
        if (line?.entry !== one.entry || line.name !== one.name)
          throw bad(`Entry ${one.entry}, ${one.name} is missing.`)
        await takeLine(line, one)
      }
      if (given.length > wanted.length) throw bad('A value is not committed to.')
      for (const [i, leaf] of promised.size === 0 ? [] : leaves.entries()) {
        const said = promised.get(first + i)
        if (said !== undefined && !records(leaf, said)) throw bad(`Entry ${first + i} records no erasure of that.`)
        promised.delete(first + i)
      }
    },
    finish() {
      if (promised.size > 0) throw bad('An entry that is said to record an erasure is not in the log.')
      return tally
    },
  }
}

/** @param {Bytes} leaf @returns {Commitment[]} */
function commitmentsOf(leaf) {
  const entry = readLeaf(leaf)
  const com = entry?.['com']
  if (!isObject(com)) return []
  return Object.entries(com).flatMap(([name, value]) =>
    typeof value === 'string' ? [{ name, value, of: entry?.['id'] }] : [],
  )
}

/** Whether this is the entry that erased exactly these: any other erasure would do to hide a value behind. @param {Bytes} leaf @param {Promised} said */
function records(leaf, { id, values }) {
  const entry = readLeaf(leaf)
  if (entry?.['id'] !== id || entry['action'] !== 'audit.erase') return false
  const { targets, detail } = entry
  const names = isObject(detail) ? listOf(detail['names']) : []
  const about = listOf(targets).flatMap(one => (isObject(one) && one['type'] === 'entry' ? [one['id']] : []))
  return values.every(({ name, of }) => of !== undefined && about.includes(of) && names.includes(name))
}

/** @param {unknown} value @returns {unknown[]} */
function listOf(value) {
  return Array.isArray(value) ? value : []
}

/** @param {Bytes} file @returns {Line[]} */
function linesOf(file) {
  const lines = []
  for (let at = 0; at < file.length;) {
    const end = file.indexOf(0x0a, at)
    const line = end < 0 ? undefined : lineOf(readCanonical(file.slice(at, end)))
    if (line === undefined) throw bad('A line of another form.')
    lines.push(line)
    at = end + 1
  }
  return lines
}

/** @param {unknown} line @returns {Line | undefined} */
function lineOf(line) {
  if (!isObject(line)) return undefined
  const { entry, name, salt, value, erased_by: by } = line
  const members = Object.keys(line).length
  if (typeof entry !== 'number' || typeof name !== 'string') return undefined
  if (isObject(by) && members === 3) {
    const { id, index } = by
    if (typeof id !== 'string' || Object.keys(by).length !== (index === undefined ? 1 : 2)) return undefined
    if (index === undefined) return { entry, name, by: { id } }
    return typeof index === 'number' && Number.isSafeInteger(index) ? { entry, name, by: { id, index } } : undefined
  }
  const bytes = typeof salt === 'string' ? fromBase64(salt) : undefined
  return members === 4 && typeof value === 'string' && bytes?.length === 32
    ? { entry, name, salt: bytes, value }
    : undefined
}
