import { hash as argon2Hash, verify as argon2Verify } from '@node-rs/argon2'
import { verify as bcryptVerify } from '@node-rs/bcrypt'
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import type { Pepper } from './shapes.ts'
import { markPepper, today, type ScryptStored } from './stored.ts'

/** bcrypt looks at no more; what is longer is refused, never cut. */
const bcryptBytesMax = 72
const scryptMemoryMax = 256 * 1_024 * 1_024

/** A new hash with its own salt and today's parameters. */
export async function hashToday(text: string, pepper: Pepper): Promise<string> {
  return markPepper(await argon2Hash(text, { ...today, salt: randomBytes(16), secret: pepper.key }), pepper.id)
}

export async function checkArgon2(phc: string, text: string, pepper: Pepper | undefined): Promise<boolean> {
  return argon2Verify(phc, text, pepper === undefined ? undefined : { secret: pepper.key })
}

/** The same work as a real one, against a hash that no text has. */
export async function checkNothing(text: string, pepper: Pepper): Promise<void> {
  const [salt, key] = [randomBytes(16), randomBytes(today.outputLen)].map(bytes =>
    bytes.toString('base64').replace(/=+$/, ''),
  )
  const { memoryCost, timeCost, parallelism } = today
  await checkArgon2(`$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${salt}$${key}`, text, pepper)
}

export function fitsBcrypt(text: string): boolean {
  return Buffer.byteLength(text) <= bcryptBytesMax
}

export async function checkBcrypt(hash: string, text: string): Promise<boolean> {
  return fitsBcrypt(text) && (await bcryptVerify(text, hash))
}

export async function checkScrypt(stored: ScryptStored, text: string): Promise<boolean> {
  const { cost, blockSize, parallelization, salt, key } = stored
  const found = await new Promise<Buffer>((resolve, reject) => {
    const options = { cost, blockSize, parallelization, maxmem: scryptMemoryMax }
    scrypt(text, salt, key.length, options, (failure, derived) => {
      if (failure === null) resolve(derived)
      else reject(failure)
    })
  })
  return timingSafeEqual(found, key)
}
