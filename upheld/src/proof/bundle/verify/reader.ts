import { refuse } from './errors.ts'
import { blockBytes, readTarHeader, tarHeader, tarPadding } from './tar.ts'

/** Bytes in pieces of any size, from a file or a network. */
export type Pieces = AsyncIterable<Uint8Array>

/** The files of an archive, one after the other. */
export interface ArchiveReader {
  /** The path of the next file, or undefined at the end of the archive. */
  peek(): Promise<string | undefined>
  /**
   * The next file, once its path is this one.
   * @throws bundle.bad_archive
   */
  take(path: string, bytesMax: number): Promise<Buffer>
  /** @throws bundle.bad_archive when anything follows */
  end(): Promise<void>
}

interface Header {
  readonly path: string
  readonly size: number
}

/** The same archive, for what stands in one of its folders. */
export function under(folder: string, archive: ArchiveReader): ArchiveReader {
  return Object.freeze({
    async peek() {
      const path = await archive.peek()
      return path?.startsWith(folder) === true ? path.slice(folder.length) : path
    },
    take: (path: string, bytesMax: number) => archive.take(folder + path, bytesMax),
    end: () => archive.end(),
  })
}

export function archiveReader(pieces: Pieces): ArchiveReader {
  const bytes = byteReader(pieces)
  let next: Header | 'end' | undefined
  const header = async (): Promise<Header | 'end'> => {
    next ??= readHeader(await bytes.take(blockBytes))
    return next
  }
  return Object.freeze({
    async peek() {
      const found = await header()
      return found === 'end' ? undefined : found.path
    },
    async take(path: string, bytesMax: number) {
      const found = await header()
      if (found === 'end' || found.path !== path) {
        throw refuse.bad_archive({
          detail: `${path} is expected, ${found === 'end' ? 'the end' : 'another file'} is there.`,
        })
      }
      if (found.size > bytesMax) throw refuse.bad_archive({ detail: `${path} is larger than ${bytesMax} bytes.` })
      const content = await bytes.take(found.size)
      if (!isZero(await bytes.take(tarPadding(found.size)))) throw refuse.bad_archive({ detail: `Behind ${path}.` })
      next = undefined
      return content
    },
    async end() {
      const found = await header()
      if (found !== 'end') throw refuse.bad_archive({ detail: 'A file is there that does not belong to a bundle.' })
      if (!isZero(await bytes.take(blockBytes)) || !(await bytes.atEnd())) {
        throw refuse.bad_archive({ detail: 'Something stands behind its end.' })
      }
    },
  })
}

function readHeader(block: Buffer): Header | 'end' {
  if (isZero(block)) return 'end'
  const { path, size } = readTarHeader(block)
  const only = Number.isSafeInteger(size) ? tarHeader(path, size) : undefined
  if (only?.equals(block) !== true) throw refuse.bad_archive({ detail: 'The header of a file has another form.' })
  return { path, size }
}

function isZero(bytes: Buffer): boolean {
  return bytes.every(byte => byte === 0)
}

/** Takes bytes out of pieces: a take within one piece copies nothing, any other one copies each byte once. */
function byteReader(pieces: Pieces): { take(count: number): Promise<Buffer>; atEnd(): Promise<boolean> } {
  const iterator = pieces[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  const more = async (): Promise<Buffer | undefined> => {
    const next = await iterator.next()
    if (next.done === true) return undefined
    const { value } = next
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }
  return {
    async take(count) {
      const parts = [held]
      for (let length = held.length; length < count;) {
        const piece = await more()
        if (piece === undefined) throw refuse.bad_archive({ detail: 'It is cut.' })
        parts.push(piece)
        length += piece.length
      }
      if (parts.length > 1) held = Buffer.concat(parts)
      const taken = held.subarray(0, count)
      held = held.subarray(count)
      return taken
    },
    async atEnd() {
      while (held.length === 0) {
        const piece = await more()
        if (piece === undefined) return true
        held = piece
      }
      return false
    },
  }
}
