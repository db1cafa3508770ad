import { createHash } from 'node:crypto'

/** Numbers that are the same every time. For invented data only: never for a secret. */
export interface Random {
  /** 0 <= n < 1 */
  fraction(): number
  /** min <= n <= max, whole. */
  between(min: number, max: number): number
  pick<T>(from: readonly T[]): T
}

/** The generator is mulberry32 (Tommy Ettinger, public domain), 32 bits of state; the seed is any text. */
export function random(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32BE()
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (min: number, max: number): number => min + Math.floor(fraction() * (max - min + 1))
  const pick = <T>(from: readonly T[]): T => {
    const chosen = from[between(0, from.length - 1)]
    if (chosen === undefined) throw new RangeError('nothing to pick from')
    return chosen
  }
  return Object.freeze({ fraction, between, pick })
}

/** A UUID made of a name: version 8 of RFC 9562 (section 5.8), the first 128 bits of SHA-256. */
export function namedId(name: string): string {
  const bytes = createHash('sha256').update(`northwind desk, ${name}`).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
