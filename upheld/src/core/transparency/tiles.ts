import { refuse } from './errors.ts'
import { hashBytes } from './merkle.ts'

// C2SP tlog-tiles: the tree cut into pieces of 256 hashes, each a file that never changes once it is full.

export const tileWidth = 256

export interface Tile {
  readonly level: number
  readonly index: number
  /** 1 to 256; a tile below 256 is partial. */
  readonly width: number
}

/** Leaves of the level-0 tile with the same index. */
export interface EntryBundle extends Omit<Tile, 'level'> {
  readonly level: 'entries'
}

const levelMax = 63
const entryBytesMax = 0xffff
const pathForm = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/)*)([0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/

/** Such as `tile/0/x001/x234/067.p/8`. */
export function tilePath({ level, index, width }: Tile | EntryBundle): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? []
  const name = [...groups.slice(0, -1).map(group => `x${group}`), ...groups.slice(-1)].join('/')
  return `tile/${level}/${name}${width === tileWidth ? '' : `.p/${width}`}`
}

/** The one tile that a path names, or undefined: no second spelling names it. */
export function parseTilePath(path: string): Tile | EntryBundle | undefined {
  const [, levelText = '', head = '', tail = '', widthText] = pathForm.exec(path) ?? []
  const place = { index: Number(head.replace(/[x/]/g, '') + tail), width: Number(widthText ?? tileWidth) }
  const level = Number(levelText)
  const tile: Tile | EntryBundle = levelText === 'entries' ? { level: levelText, ...place } : { level, ...place }
  if (level > levelMax || place.width > tileWidth || !Number.isSafeInteger(place.index)) return undefined
  return tilePath(tile) === path ? tile : undefined
}

/** Every hash tile of a tree, lowest level first. */
export function tilesOf(size: number): Tile[] {
  const tiles: Tile[] = []
  for (let level = 0, hashes = size; hashes > 0; level += 1, hashes = Math.floor(hashes / tileWidth)) {
    for (let index = 0; index * tileWidth < hashes; index += 1) {
      tiles.push({ level, index, width: Math.min(tileWidth, hashes - index * tileWidth) })
    }
  }
  return tiles
}

/** The partial tiles at the right edge of a tree, lowest level first: all that its root depends on. */
export function edgeTiles(size: number): Tile[] {
  const tiles: Tile[] = []
  for (let level = 0, hashes = size; hashes > 0; level += 1, hashes = Math.floor(hashes / tileWidth)) {
    const width = hashes % tileWidth
    if (width > 0) tiles.push({ level, index: Math.floor(hashes / tileWidth), width })
  }
  return tiles
}

export function encodeHashes(hashes: readonly Buffer[]): Buffer {
  return Buffer.concat(hashes)
}

/** @throws transparency.bad_tile */
export function decodeHashes(bytes: Buffer): Buffer[] {
  const count = bytes.length / hashBytes
  if (!Number.isInteger(count) || count > tileWidth)
    throw refuse.bad_tile({ detail: `${bytes.length} bytes of hashes.` })
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * hashBytes, (i + 1) * hashBytes))
}

/** Leaves one after the other, each after its length in two bytes, big end first. */
export function encodeEntries(entries: readonly Uint8Array[]): Buffer {
  const parts = entries.flatMap(entry => {
    if (entry.length > entryBytesMax) throw refuse.bad_tile({ detail: `A leaf has ${entry.length} bytes.` })
    const length = Buffer.alloc(2)
    length.writeUInt16BE(entry.length)
    return [length, entry]
  })
  return Buffer.concat(parts)
}

/** @throws transparency.bad_tile */
export function decodeEntries(bytes: Buffer): Buffer[] {
  const entries: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const start = at + 2
    const end = start <= bytes.length ? start + bytes.readUInt16BE(at) : Infinity
    if (end > bytes.length || entries.length === tileWidth)
      throw refuse.bad_tile({ detail: 'The leaves do not fill it.' })
    entries.push(bytes.subarray(start, end))
    at = end
  }
  return entries
}
