import { createHmac } from 'node:crypto'

/** An authenticator app of our own: RFC 4226 and RFC 6238, with what nearly all apps use. */

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const stepMs = 30_000

/** The seed that a page shows, in base32. */
export function seedOf(text: string): Buffer {
  const plain = text.replaceAll(/[\s=]/g, '').toUpperCase()
  const bits = plain.replaceAll(/./g, letter => letters.indexOf(letter).toString(2).padStart(5, '0'))
  return Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2)))
}

export function stepAt(ms: number): number {
  return Math.floor(ms / stepMs)
}

/** How long the step of this moment lasts. */
export function leftOfStepMs(ms: number): number {
  return stepMs - (ms % stepMs)
}

export function codeAt(seed: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', seed).update(counter).digest()
  const at = (digest.at(-1) ?? 0) & 0xf
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
