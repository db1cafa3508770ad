import { createHash } from 'node:crypto'

/** `size` bytes that are the same for the same seed, in pieces of this many. */
export async function* noise(size: number, piece = 65_536, seed = 1): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += piece) yield noiseAt(at, Math.min(piece, size - at), seed)
}

/** Bytes `at` to `at + size` of the same noise. */
export function noiseAt(at: number, size: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  for (let index = 0; index < size; index++) {
    const mixed = Math.imul((at + index + seed) ^ ((at + index) >>> 7), 0x9e3779b1)
    bytes[index] = (mixed >>> 13) & 0xff
  }
  return bytes
}

export async function all(bytes: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of bytes ?? []) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export async function list(keys: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = []
  for await (const key of keys) found.push(key)
  return found
}
