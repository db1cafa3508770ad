import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import { messageOf } from '../../../core/errors.ts'
import { refuse } from '../errors.ts'

// The part of PKWARE's APPNOTE 6.3.10 that spreadsheets are made of: stored and deflated entries, one disk, no ZIP64, no
// encryption. Everything else is refused, not guessed at.

const archiveBytesMax = 32 * 1024 * 1024
const entriesMax = 4_000
/** Of one part that is opened. A questionnaire has less than a tenth of it. */
const partBytesMax = 32 * 1024 * 1024

const localMark = 0x04034b50
const centralMark = 0x02014b50
const endMark = 0x06054b50
const endBytes = 22
const commentBytesMax = 0xffff
const zip64Mark = 0xffffffff
/** Sizes behind the data, and names in UTF-8: the only flags beside the levels of compression. */
const flagsAllowed = 0x0808 | 0x0006

export interface Part {
  readonly name: string
  readonly method: 0 | 8
  readonly crc: number
  /** Bytes when it is opened, as the archive says. */
  readonly size: number
  readonly packed: Buffer
  /** Date and time, and attributes, which are kept. */
  readonly stamp: number
  readonly attributes: number
}

/**
 * The parts of an archive, still packed.
 * @throws exports.bad_spreadsheet, exports.spreadsheet_too_large
 */
export function readParts(bytes: Uint8Array): readonly Part[] {
  if (bytes.length > archiveBytesMax) throw refuse.spreadsheet_too_large({ detail: `${bytes.length} bytes` })
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const end = endOf(archive)
  const count = archive.readUInt16LE(end + 10)
  if (count > entriesMax) throw refuse.spreadsheet_too_large({ detail: `${count} parts` })
  if (archive.readUInt16LE(end + 8) !== count || archive.readUInt16LE(end + 4) !== 0) throw broken('more than one disk')
  const parts: Part[] = []
  let at = archive.readUInt32LE(end + 16)
  for (let place = 0; place < count; place += 1) {
    const { part, next } = partAt(archive, at, end)
    parts.push(part)
    at = next
  }
  if (at !== end) throw broken('its list of parts has another length')
  if (new Set(parts.map(({ name }) => name)).size < parts.length) throw broken('two parts of one name')
  return parts
}

function endOf(archive: Buffer): number {
  const first = Math.max(0, archive.length - endBytes - commentBytesMax)
  for (let at = archive.length - endBytes; at >= first; at -= 1) {
    if (archive.readUInt32LE(at) === endMark && at + endBytes + archive.readUInt16LE(at + 20) === archive.length)
      return at
  }
  throw broken('no end of an archive')
}

function partAt(archive: Buffer, at: number, end: number): { readonly part: Part; readonly next: number } {
  if (at + 46 > end || archive.readUInt32LE(at) !== centralMark) throw broken('its list of parts')
  const [flags, method] = [archive.readUInt16LE(at + 8), archive.readUInt16LE(at + 10)]
  const [packedBytes, size] = [archive.readUInt32LE(at + 20), archive.readUInt32LE(at + 24)]
  const nameBytes = archive.readUInt16LE(at + 28)
  const start = archive.readUInt32LE(at + 42)
  const next = at + 46 + nameBytes + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  if (next > end) throw broken('its list of parts')
  if ((flags & ~flagsAllowed) !== 0) throw broken('an encrypted or unusual part')
  if (method !== 0 && method !== 8) throw broken('an unusual compression')
  if ([packedBytes, size, start].includes(zip64Mark)) throw broken('ZIP64')
  const name = archive.toString('utf8', at + 46, at + 46 + nameBytes)
  if (start + 30 > end || archive.readUInt32LE(start) !== localMark) throw broken('a part is not where it should be')
  const from = start + 30 + archive.readUInt16LE(start + 26) + archive.readUInt16LE(start + 28)
  const own = archive.toString('utf8', start + 30, start + 30 + archive.readUInt16LE(start + 26))
  if (own !== name || from + packedBytes > end) throw broken('a part is not where it should be')
  const part = {
    name,
    method,
    crc: archive.readUInt32LE(at + 16),
    size,
    packed: archive.subarray(from, from + packedBytes),
    stamp: archive.readUInt32LE(at + 12),
    attributes: archive.readUInt32LE(at + 38),
  } as const
  return { part, next }
}

/**
 * A part as text. What it says of its own size is not believed: a bomb ends at the limit.
 * @throws exports.bad_spreadsheet, exports.spreadsheet_too_large
 */
export function openPart({ name, method, crc, size, packed }: Part): string {
  if (size > partBytesMax) throw refuse.spreadsheet_too_large({ detail: name })
  const bytes = method === 0 ? packed : inflated(name, packed, size)
  if (bytes.length !== size || crc32(bytes) !== crc) throw broken(`${name} is damaged`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw refuse.bad_spreadsheet({ detail: `${name} is not UTF-8.`, cause })
  }
}

function inflated(name: string, packed: Buffer, size: number): Buffer {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) })
  } catch (cause) {
    throw refuse.bad_spreadsheet({ detail: `${name}: ${messageOf(cause)}`, cause })
  }
}

/** The part with another text. */
export function withText(part: Part, text: string): Part {
  const bytes = Buffer.from(text)
  return { ...part, method: 8, crc: crc32(bytes), size: bytes.length, packed: deflateRawSync(bytes) }
}

/** The parts as an archive, in their order. */
export function writeParts(parts: readonly Part[]): Buffer {
  const [files, list]: [Buffer[], Buffer[]] = [[], []]
  let at = 0
  for (const part of parts) {
    const name = Buffer.from(part.name)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(0x0800, 2)
    common.writeUInt16LE(part.method, 4)
    common.writeUInt32LE(part.stamp, 6)
    common.writeUInt32LE(part.crc, 10)
    common.writeUInt32LE(part.packed.length, 14)
    common.writeUInt32LE(part.size, 18)
    common.writeUInt16LE(name.length, 22)
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(part.attributes, 6)
    tail.writeUInt32LE(at, 10)
    list.push(marked(centralMark), Buffer.of(20, 0), common, tail, name)
    files.push(marked(localMark), common, name, part.packed)
    at += 4 + common.length + name.length + part.packed.length
  }
  const index = Buffer.concat(list)
  const end = Buffer.alloc(endBytes)
  end.writeUInt32LE(endMark, 0)
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(index.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...files, index, end])
}

function marked(mark: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(mark)
  return bytes
}

function broken(detail: string): Error {
  return refuse.bad_spreadsheet({ detail })
}
