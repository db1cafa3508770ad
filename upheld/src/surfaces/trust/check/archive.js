import { refusal, same, textOf, utf8 } from './bytes.js'

// The archive of an audit bundle: POSIX ustar in one spelling, read in order and in pieces.

/** @typedef {import('./bytes.js').Bytes} Bytes */

const block = 512

/** @param {string} says */
const bad = says => refusal('bundle.bad_archive', says)

/**
 * @param {Blob} file
 */
export function openArchive(file) {
  let at = 0
  /** @type {{ path: string, size: number } | 'end' | undefined} */
  let next
  /** @type {{ from: number, bytes: Bytes }} */
  let held = { from: 0, bytes: new Uint8Array() }
  /** @param {number} count */
  const read = async count => {
    if (at + count > file.size) throw bad('It is cut.')
    if (at + count > held.from + held.bytes.length) {
      const end = Math.min(file.size, at + Math.max(count, 4 * 1024 * 1024))
      held = { from: at, bytes: new Uint8Array(await file.slice(at, end).arrayBuffer()) }
    }
    const bytes = held.bytes.subarray(at - held.from, at - held.from + count)
    at += count
    return bytes
  }
  const header = async () => {
    next ??= headerOf(await read(block))
    return next
  }
  return {
    async peek() {
      const found = await header()
      return found === 'end' ? undefined : found.path
    },
    /** @param {string} path @param {number} bytesMax */
    async take(path, bytesMax) {
      const found = await header()
      if (found === 'end' || found.path !== path) throw bad(`${path} is expected, and something else is there.`)
      if (found.size > bytesMax) throw bad(`${path} is too large.`)
      const bytes = await read(found.size)
      const padding = await read((block - (found.size % block)) % block)
      if (!padding.every(byte => byte === 0)) throw bad(`Behind ${path}.`)
      next = undefined
      return bytes
    },
    async end() {
      if ((await header()) !== 'end') throw bad('A file is there that does not belong to a bundle.')
      if (!(await read(block)).every(byte => byte === 0) || at !== file.size)
        throw bad('Something stands behind its end.')
    },
    /** From 0 to 1. */
    progress: () => (file.size === 0 ? 1 : at / file.size),
  }
}

/** @typedef {ReturnType<typeof openArchive>} Archive */

/** The same archive, for what stands in one of its folders. @param {string} folder @param {Archive} archive @returns {Archive} */
export function under(folder, archive) {
  return {
    ...archive,
    async peek() {
      const path = await archive.peek()
      return path?.startsWith(folder) === true ? path.slice(folder.length) : path
    },
    take: (path, bytesMax) => archive.take(folder + path, bytesMax),
  }
}

/** @param {Bytes} bytes @returns {{ path: string, size: number } | 'end'} */
function headerOf(bytes) {
  if (bytes.every(byte => byte === 0)) return 'end'
  const end = bytes.indexOf(0)
  const path = textOf(bytes.subarray(0, end < 0 ? 100 : Math.min(end, 100))) ?? ''
  const size = Number.parseInt(textOf(bytes.subarray(124, 135)) ?? '', 8)
  if (!Number.isSafeInteger(size) || !same(headerFor(path, size), bytes))
    throw bad('The header of a file has another form.')
  return { path, size }
}

/** @param {string} path @param {number} size @returns {Bytes} */
function headerFor(path, size) {
  const header = new Uint8Array(block)
  /** @param {string} text @param {number} at */
  const put = (text, at) => header.set(utf8(text), at)
  if (utf8(path).length >= 100) return header
  put(path, 0)
  put('0000644\0', 100)
  put('0000000\0', 108)
  put('0000000\0', 116)
  put(`${size.toString(8).padStart(11, '0')}\0`, 124)
  put('00000000000\0', 136)
  put('        ', 148)
  put('0', 156)
  put('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}
