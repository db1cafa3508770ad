import { argon2Sync, createHash, randomBytes } from 'node:crypto'
import type { PeopleBend } from '../../../index.ts'
import type { Sabotage, TwinWorld } from '../../claims/index.ts'
import { bySql, sabotage } from '../breaking.ts'
import { withPeople } from '../people/breaking.ts'

type Passwords = Parameters<NonNullable<PeopleBend['passwords']>>[0]

const source = import.meta.url

/** Passwords in which something is otherwise. */
function bent(name: string, says: string, change: (sound: Passwords, twin: TwinWorld) => Partial<Passwords>): Sabotage {
  return sabotage(source, {
    name,
    says,
    apply: twin => withPeople(twin, { passwords: sound => Object.freeze({ ...sound, ...change(sound, twin) }) }),
  })
}

/** Every password is written into a table besides, as `kept` makes it. */
function keeping(name: string, says: string, kept: (password: string) => string): Sabotage {
  return sabotage(source, {
    name,
    says,
    async apply(twin) {
      await twin.admin.query('create table public.kept (value text)')
      const hash = async (sound: Passwords, password: string, signal?: AbortSignal): Promise<string> => {
        await twin.admin.query('insert into public.kept values ($1)', [kept(password)])
        return sound.hash(password, signal)
      }
      return withPeople(twin, {
        passwords: sound => ({ ...sound, hash: (password, signal) => hash(sound, password, signal) }),
      })
    },
  })
}

interface Own {
  /** With a salt, made or of before. */
  readonly make: (password: string, salt: Buffer) => string
  readonly salt?: Buffer
}

/** Hashes of another make, with a salt in front. What is not of it is checked as always, and then replaced. */
function hashedAs(name: string, says: string, { make, salt }: Own): Sabotage {
  const fresh = (password: string): string => make(password.normalize('NFC'), salt ?? randomBytes(16))
  const saltOf = (stored: string): Buffer => Buffer.from(/\$([A-Za-z0-9+/]{22})\$/.exec(stored)?.[1] ?? '', 'base64')
  return bent(name, says, sound => ({
    hash: async password => fresh(password),
    async verify(stored, password, signal) {
      if (stored !== undefined && make(password.normalize('NFC'), saltOf(stored)) === stored) return { ok: true }
      const found = await sound.verify(stored, password, signal)
      return found.rehash === undefined ? found : { ok: true, rehash: fresh(password) }
    },
  }))
}

/** argon2id in its usual form; what stands for the pepper is known to this process alone. */
function argon(memory: number, passes: number, secret?: Buffer): Own['make'] {
  return (message, nonce) => {
    const wanted = { message, nonce, memory, passes, parallelism: 1, tagLength: 32 }
    const key = argon2Sync('argon2id', secret === undefined ? wanted : { ...wanted, secret })
    const [salt, tag] = [nonce, key].map(bytes => bytes.toString('base64').replace(/=+$/, ''))
    return `$argon2id$v=19$m=${memory},t=${passes},p=1,keyid=qrvM3Q$${salt}$${tag}`
  }
}

const pepper = randomBytes(32)

export const sabotages: readonly Sabotage[] = Object.freeze([
  keeping('kept-in-clear', 'every password is kept in a table that nobody reads', password => password),
  keeping('kept-as-digest', 'a SHA-256 of every password is kept, to find people who use the same one', password =>
    createHash('sha256').update(password).digest('base64'),
  ),
  hashedAs('less-memory', 'hashes take 8 MiB and one pass, so that signing in is faster', {
    make: argon(8_192, 1, pepper),
  }),
  hashedAs('one-salt', 'all hashes have the same salt', { make: argon(19_456, 2, pepper), salt: Buffer.alloc(16, 1) }),
  hashedAs('no-pepper', 'hashes name a pepper, and none is mixed into them', { make: argon(19_456, 2) }),
  hashedAs('fast-hash', 'passwords are kept as SHA-512 with a salt', {
    make: (password, salt) => {
      const digest = createHash('sha512').update(salt).update(password).digest('hex')
      return `$6$${salt.toString('base64').replace(/=+$/, '')}$${digest}`
    },
  }),
  bent('never-upgraded', 'what was imported stays as it was hashed elsewhere', sound => ({
    verify: async (stored, password, signal) => ({ ok: (await sound.verify(stored, password, signal)).ok }),
  })),
  bent('common-allowed', 'the list of common passwords is not looked at', sound => ({
    async judge(password, circumstances, signal) {
      const judged = await sound.judge(password, circumstances, signal)
      return !judged.ok && judged.code === 'passwords.common' ? { ok: true } : judged
    },
  })),
  ...bySql(source, [
    {
      name: 'jobs-read-hashes',
      says: 'the login of the jobs may read hashes, to report on them',
      sql: () => 'grant select on upheld_identity.password to upheld_jobs',
    },
  ]),
  sabotage(source, {
    name: 'told-in-event',
    says: 'what happened to an account says which password was set',
    apply: twin =>
      withPeople(twin, {
        identity: sound => ({
          ...sound,
          async changePassword(token, change, from) {
            const renewed = await sound.changePassword(token, change, from)
            await twin.admin.query(
              `insert into upheld_identity.event (person_id, at, action, network, detail)
               values ($1, now(), 'password.changed', 'none', jsonb_build_object('to', $2::text))`,
              [renewed.session.personId, Buffer.from(change.next).toString('base64')],
            )
            return renewed
          },
        }),
      }),
  }),
])
