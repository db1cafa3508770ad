import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'

/** The key of an authenticator app, in base32 as a page shows it. */
function keyOf(text: string): Buffer {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = text
    .replaceAll(/[A-Z2-7]/g, letter => letters.indexOf(letter).toString(2).padStart(5, '0'))
    .replaceAll(' ', '')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2)))
}

/** The code that an app shows at this moment (RFC 6238, six digits, 30 seconds). */
export function codeOfApp(key: string, at: Date): string {
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(at.getTime() / 30_000)))
  const digest = createHmac('sha1', keyOf(key)).update(step).digest()
  const from = (digest.at(-1) ?? 0) & 15
  const code = String((digest.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, '0')
  assert.match(code, /^\d{6}$/)
  return code
}
