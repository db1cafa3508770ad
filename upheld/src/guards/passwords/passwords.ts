import { availableParallelism } from 'node:os'
import { checkArgon2, checkBcrypt, checkNothing, checkScrypt, fitsBcrypt, hashToday } from './checks.ts'
import { openCommonPasswords } from './common-set.ts'
import { refuse } from './errors.ts'
import { judge } from './judge.ts'
import { openLine } from './line.ts'
import type { PasswordOptions, Passwords, Pepper, Verified } from './shapes.ts'
import { readStored, type Stored } from './stored.ts'
import { readable } from './text.ts'

/** libuv has four threads, if nobody says otherwise; one is left to files and names. */
const concurrentUsual = Math.max(1, Math.min(3, availableParallelism()))
const waitingUsual = 64

/**
 * Passwords hashed, verified and judged. Holds no state but the line of those who wait.
 * @throws passwords.bad_filter when the set of common passwords is missing, cut short or changed; passwords.bad_options
 */
export function openPasswords(options: PasswordOptions): Passwords {
  const filter = options.filter ?? openCommonPasswords()
  const line = openLine(
    bound('concurrentMax', options.concurrentMax ?? concurrentUsual, 1, 64),
    bound('waitingMax', options.waitingMax ?? waitingUsual, 0, 10_000),
  )
  const pepperOf = pepperFinder(options)
  pepperOf(undefined)
  let [argon2, dummies, malformed, outages] = [0, 0, 0, 0]

  async function make(text: string): Promise<string> {
    argon2 += 1
    return hashToday(text, pepperOf(undefined).newest)
  }

  async function nothing(text: string): Promise<Verified> {
    argon2 += 1
    dummies += 1
    await checkNothing(text, pepperOf(undefined).newest)
    return { ok: false }
  }

  /** Undefined when this hash cannot be checked at all. */
  async function check(stored: Stored, typed: string, text: string): Promise<boolean | undefined> {
    if (stored.kind === 'bcrypt') return await firstOf(texts(typed, text), one => checkBcrypt(stored.hash, one))
    if (stored.kind === 'scrypt') {
      const wanted = stored.nfkc ? [text.normalize('NFKC')] : texts(typed, text)
      return await firstOf(wanted, one => checkScrypt(stored, one))
    }
    const { named } = pepperOf(stored.pepper)
    if (stored.pepper !== undefined && named === undefined) return undefined
    argon2 += 1
    if (stored.pepper !== undefined) return await checkArgon2(stored.phc, text, named)
    return await firstOf(texts(typed, text), one => checkArgon2(stored.phc, one, undefined))
  }

  async function verify(found: string | undefined, typed: string, text: string): Promise<Verified> {
    if (found === undefined) return await nothing(text)
    const stored = readStored(found)
    if (stored?.kind === 'bcrypt' && !fitsBcrypt(text)) return await nothing(text)
    const ok = stored && (await check(stored, typed, text).catch(() => undefined))
    if (stored === undefined || ok === undefined) {
      malformed += 1
      return await nothing(text)
    }
    if (!ok) return { ok }
    const newest = stored.kind === 'argon2' && stored.newest && stored.pepper === pepperOf(undefined).newest.id
    return newest ? { ok } : { ok, rehash: await make(text) }
  }

  return Object.freeze({
    async hash(password: string, signal?: AbortSignal) {
      const text = readable(password)
      return await line.run(() => make(text), signal)
    },
    async verify(stored: string | undefined, password: string, signal?: AbortSignal) {
      const text = readable(password)
      return await line.run(() => verify(stored, password, text), signal)
    },
    async judge(password, circumstances, signal) {
      const { judgement, outage } = await judge(password, circumstances, filter, options.outside, signal)
      if (outage) outages += 1
      return judgement
    },
    counts: () => Object.freeze({ ...line.counts(), argon2, dummies, malformed, outages }),
  } satisfies Passwords)
}

/** An imported hash may be of the text as it was typed then: it is tried first as it is typed now, then in NFC. */
function texts(typed: string, text: string): readonly string[] {
  return [...new Set([typed, text])]
}

async function firstOf(all: readonly string[], check: (text: string) => Promise<boolean>): Promise<boolean> {
  for (const one of all) if (await check(one)) return true
  return false
}

function pepperFinder({ peppers }: PasswordOptions) {
  return (id: string | undefined): { readonly newest: Pepper; readonly named: Pepper | undefined } => {
    const all = peppers.current()
    for (const { id: each, key } of all) {
      if (!/^[0-9a-f]{8}$/.test(each) || key.length !== 32)
        throw refuse.bad_options({ detail: 'A pepper has an identifier of 8 hex digits and 32 bytes.' })
    }
    return { newest: all[0], named: all.find(one => one.id === id) }
  }
}

function bound(name: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw refuse.bad_options({ detail: `${name} is a whole number from ${min} to ${max}.` })
}
