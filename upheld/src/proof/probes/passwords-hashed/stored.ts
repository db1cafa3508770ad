import { argon2 } from 'node:crypto'
import { z } from 'zod'
import type { Queryable } from '../../../core/ports.ts'
import { cannotProbe } from '../../claims/index.ts'

/** A hash as it stands in the table, and whose it is. */
export interface StoredHash {
  readonly email: string
  readonly personId: string
  readonly hash: string
  /** A sign-up that waits for its mail has one as well. */
  readonly waiting: boolean
}

/** What a PHC string says, read by its specification and not by our own code. */
interface Argon {
  readonly variant: 'argon2id' | 'argon2i' | 'argon2d'
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
  /** In hex; undefined where the hash names no pepper. */
  readonly pepper: string | undefined
  readonly salt: Buffer
  readonly key: Buffer
}

const rows = z.array(z.object({ email: z.string(), id: z.string(), hash: z.string(), waiting: z.boolean() }))

/** Every hash of persons at one domain, with the login that may read them. */
export async function storedAt(login: Queryable, domain: string): Promise<readonly StoredHash[]> {
  const found = await login.query(
    `select p.email, p.id::text, w.hash, false as waiting from upheld_identity.person p
       join upheld_identity.password w on w.person_id = p.id where p.email like '%@' || $1
     union all
     select email, id::text, hash, true from upheld_identity.sign_up where email like '%@' || $1`,
    [domain],
  )
  return rows.parse(found.rows).map(({ id: personId, ...rest }) => ({ ...rest, personId }))
}

const form =
  /^\$(argon2(?:id|i|d))\$v=19\$m=(\d+),t=(\d+),p=(\d+)(?:,keyid=([A-Za-z0-9+/]+))?\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/** Undefined for whatever is no argon2 of version 19. */
export function readArgon(text: string): Argon | undefined {
  const [, variant, memory, passes, lanes, pepper, salt, key] = form.exec(text) ?? []
  if (salt === undefined || key === undefined) return undefined
  if (variant !== 'argon2id' && variant !== 'argon2i' && variant !== 'argon2d') return undefined
  return {
    variant,
    memoryKib: Number(memory),
    passes: Number(passes),
    lanes: Number(lanes),
    pepper: pepper === undefined ? undefined : Buffer.from(pepper, 'base64').toString('hex'),
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  }
}

/** Everything that is wrong with a hash by itself, in words for a finding. */
export function weaknessesOf(text: string): readonly string[] {
  const argon = readArgon(text)
  if (argon === undefined) return ['it is no argon2']
  const { variant, memoryKib, passes, lanes, pepper, salt, key } = argon
  const problems: readonly (readonly [boolean, string])[] = [
    [variant !== 'argon2id', `it is ${variant}`],
    [memoryKib < 19_456, `a guess takes ${memoryKib} KiB`],
    [passes < 2, `a guess takes ${passes} pass`],
    [lanes !== 1, `a guess has ${lanes} lanes`],
    [salt.length < 16, `its salt has ${salt.length} bytes`],
    [key.length < 32, `it has ${key.length} bytes`],
    [pepper === undefined || !/^[0-9a-f]{8}$/.test(pepper), 'it names no pepper'],
  ]
  return problems.filter(([wrong]) => wrong).map(([, says]) => says)
}

/** One guess, made as a thief would who has the table and nothing else. */
export function guess(argon: Argon, password: string, secret: Uint8Array = new Uint8Array()): Promise<boolean> {
  const { variant, memoryKib: memory, passes, lanes: parallelism, salt: nonce, key } = argon
  const wanted = { message: password, nonce, memory, passes, parallelism, tagLength: key.length }
  return new Promise((resolve, reject) => {
    argon2(variant, secret.length === 0 ? wanted : { ...wanted, secret }, (failure, derived) => {
      if (failure === null) resolve(derived.equals(key))
      else reject(failure)
    })
  })
}

const control = '$argon2id$v=19$m=19456,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$jdIXfIRbbCb+PWYCDGfaJIuqP3tnYLn/LoJ9Lq6g5WE'
const controlPassword = 'a control that everybody knows'
const controlPepper = new Uint8Array(32).fill(7)

/** That a right guess is seen as one: made with another library, from a pepper that everybody knows. @throws claims.cannot_probe */
export async function mustGuess(): Promise<void> {
  const argon = readArgon(control)
  if (argon === undefined || !(await guess(argon, controlPassword, controlPepper)))
    throw cannotProbe('A guess that is right is not seen as one.')
}
