import { createHash } from 'node:crypto'

/**
 * The shape of a binary fuse filter with three places for each entry (Graf and Lemire, "Binary Fuse Filters", 2022): of
 * overlapping segments, each entry has one place in each of three neighbors, and the three fingerprints there XOR to its own.
 */
export interface FuseShape {
  readonly seed: number
  /** A power of two. */
  readonly segmentLength: number
  /** Segments in which a first place can lie; two more follow. */
  readonly segments: number
}

/** Three places and a fingerprint of 16 bits. */
type FusePlaces = readonly [number, number, number, number]

export const fingerprintBytes = 2

export function fuseLength({ segmentLength, segments }: FuseShape): number {
  return (segments + 2) * segmentLength
}

/** SHA-256 gives the bits, so that nobody makes entries that fall together: each part of it serves for one choice. */
export function fusePlaces(text: string, { seed, segmentLength, segments }: FuseShape): FusePlaces {
  const bits = createHash('sha256').update(`${seed}\n${text}`, 'utf8').digest()
  const mask = segmentLength - 1
  const start = Number((BigInt(bits.readUInt32LE(0)) * BigInt(segments)) >> 32n) * segmentLength
  return [
    start + (bits.readUInt32LE(4) & mask),
    start + segmentLength + (bits.readUInt32LE(8) & mask),
    start + 2 * segmentLength + (bits.readUInt32LE(12) & mask),
    bits.readUInt16LE(16),
  ]
}

/** Never false for an entry; true for one in 65,536 of everything else. */
export function fuseHas(bytes: Buffer, text: string, shape: FuseShape): boolean {
  const [first, second, third, fingerprint] = fusePlaces(text, shape)
  const at = (place: number) => bytes.readUInt16LE(place * fingerprintBytes)
  return (at(first) ^ at(second) ^ at(third)) === fingerprint
}
