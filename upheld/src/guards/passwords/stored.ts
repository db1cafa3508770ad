/** A stored hash, read. What is out of bounds is none: a row of the database decides how much memory is taken. */
export type Stored =
  | {
      readonly kind: 'argon2'
      /** The PHC string without the mark of the pepper, which the library does not know. */
      readonly phc: string
      /** 8 hex digits; undefined for an imported hash, which has no pepper. */
      readonly pepper: string | undefined
      /** Today's algorithm and parameters. */
      readonly newest: boolean
    }
  | { readonly kind: 'bcrypt'; readonly hash: string }
  | ScryptStored

export interface ScryptStored {
  readonly kind: 'scrypt'
  readonly cost: number
  readonly blockSize: number
  readonly parallelization: number
  readonly salt: Buffer
  readonly key: Buffer
  /** The system that it comes from hashed the text in NFKC. */
  readonly nfkc: boolean
}

/** argon2id, 19 MiB, 2 passes, 1 lane: OWASP's and ASVS 5.0's. */
export const today = Object.freeze({ memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 })

const lengthMax = 512
const memoryMaxKib = 131_072
/** In KiB times passes: four times today's is accepted of what is imported, and eight of what needs much memory. */
const argonWorkMax = 524_288
const bcryptCost = { min: 10, max: 14 }
/** N times r times p. The lower one is N 2^14, r 8. */
const scryptWork = { min: 131_072, max: 4_194_304 }

const b64 = '[A-Za-z0-9+/]'
const argonForm = new RegExp(
  `^(\\$(argon2id?)\\$v=19\\$m=([1-9]\\d{0,6}),t=([1-9]\\d?),p=([1-9]\\d?))(?:,keyid=(${b64}{6}))?(\\$${b64}{11,86}\\$(${b64}{22,86}))$`,
)
const bcryptForm = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
const scryptPhcForm = new RegExp(
  `^\\$scrypt\\$ln=([1-9]\\d?),r=([1-9]\\d{0,2}),p=([1-9]\\d?)\\$(${b64}{11,86}={0,2})\\$(${b64}{22,86}={0,2})$`,
)
/** As Werkzeug writes it: the salt is text, the key is hex. */
const scryptDollarForm =
  /^scrypt:([1-9]\d{0,7}):([1-9]\d{0,2}):([1-9]\d?)\$([A-Za-z0-9]{8,64})\$((?:[0-9a-f]{2}){16,64})$/
/** As hashcat's mode 8900 reads it: both in base64. */
const scryptColonForm = new RegExp(
  `^SCRYPT:([1-9]\\d{0,7}):([1-9]\\d{0,2}):([1-9]\\d?):(${b64}{11,86}={0,2}):(${b64}{22,86}={0,2})$`,
)
/** As better-auth and Lucia write it: N 2^14, r 16, p 1; the salt is the text of its hex digits. */
const scryptBareForm = /^([0-9a-f]{32}):([0-9a-f]{128})$/

/** Undefined for what is in no form that is known, or asks for less or more than is accepted. */
export function readStored(text: string): Stored | undefined {
  if (text.length > lengthMax) return undefined
  return argon2(text) ?? bcrypt(text) ?? scrypt(text)
}

/** A PHC string with the mark of its pepper, as the parameter `keyid` that the format has for it. */
export function markPepper(phc: string, pepper: string): string {
  const id = Buffer.from(pepper, 'hex').toString('base64').replace(/=+$/, '')
  return phc.replace(/^(\$argon2id\$v=19\$[^$]+)/, `$1,keyid=${id}`)
}

function argon2(text: string): Stored | undefined {
  const [, head, algorithm, memory, time, lanes, keyid, tail, key] = argonForm.exec(text) ?? []
  if (head === undefined || tail === undefined || key === undefined) return undefined
  const [memoryCost, timeCost, parallelism] = [Number(memory), Number(time), Number(lanes)]
  if (memoryCost > memoryMaxKib || memoryCost * timeCost > argonWorkMax || memoryCost < 8 * parallelism)
    return undefined
  const newest =
    algorithm === 'argon2id' &&
    memoryCost === today.memoryCost &&
    timeCost === today.timeCost &&
    parallelism === today.parallelism &&
    Buffer.from(key, 'base64').length === today.outputLen
  const pepper = keyid === undefined ? undefined : Buffer.from(keyid, 'base64').toString('hex')
  return { kind: 'argon2', phc: head + tail, pepper, newest }
}

function bcrypt(text: string): Stored | undefined {
  const [hash, cost] = bcryptForm.exec(text) ?? []
  if (hash === undefined || Number(cost) < bcryptCost.min || Number(cost) > bcryptCost.max) return undefined
  return { kind: 'bcrypt', hash }
}

function scrypt(text: string): Stored | undefined {
  const [, ln, r, p, salt, key] = scryptPhcForm.exec(text) ?? []
  if (key !== undefined) return bounded([2 ** Number(ln), r, p], fromBase64(salt), fromBase64(key))
  const [, cost, blocks, lanes, textSalt, hexKey] = scryptDollarForm.exec(text) ?? []
  if (hexKey !== undefined)
    return bounded([cost, blocks, lanes], Buffer.from(textSalt ?? ''), Buffer.from(hexKey, 'hex'))
  const [, n, size, many, colonSalt, colonKey] = scryptColonForm.exec(text) ?? []
  if (colonKey !== undefined) return bounded([n, size, many], fromBase64(colonSalt), fromBase64(colonKey))
  const [, bareSalt, bareKey] = scryptBareForm.exec(text) ?? []
  if (bareSalt === undefined || bareKey === undefined) return undefined
  return bounded([16_384, 16, 1], Buffer.from(bareSalt), Buffer.from(bareKey, 'hex'), true)
}

function bounded(
  parameters: readonly (string | number | undefined)[],
  salt: Buffer,
  key: Buffer,
  nfkc = false,
): ScryptStored | undefined {
  const [cost = 0, blockSize = 0, parallelization = 0] = parameters.map(Number)
  const work = cost * blockSize * parallelization
  const power = Number.isSafeInteger(cost) && Number.isInteger(Math.log2(cost))
  if (!power || cost < 2 || 128 * cost * blockSize > memoryMaxKib * 1_024) return undefined
  if (work < scryptWork.min || work > scryptWork.max || key.length < 16 || key.length > 64) return undefined
  return { kind: 'scrypt', cost, blockSize, parallelization, salt, key, nfkc }
}

function fromBase64(text: string | undefined): Buffer {
  return Buffer.from(text ?? '', 'base64')
}
