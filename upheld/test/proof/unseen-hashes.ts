import { argon2Sync, createHash, randomBytes } from 'node:crypto'
import type { PeopleBend, Sabotage } from '../../src/index.ts'
import { served, trigger, unseenIn, withSql } from './unseen.ts'

// Ways to spoil how passwords are kept that their claim does not know of.

const unseen = unseenIn(import.meta.url)

type Passwords = Parameters<NonNullable<PeopleBend['passwords']>>[0]

/** argon2id in its usual form, with a pepper that is known here alone. */
function argon(
  memory: number,
  passes: number,
  secret: Buffer,
  message: string,
  nonce: Buffer = randomBytes(16),
): string {
  const made = argon2Sync('argon2id', { message, nonce, memory, passes, parallelism: 1, tagLength: 32, secret })
  const [salt, key] = [nonce, made].map(bytes => bytes.toString('base64').replace(/=+$/, ''))
  return `$argon2id$v=19$m=${memory},t=${passes},p=1,keyid=qrvM3Q$${salt}$${key}`
}

/** Hashes that `make` makes; what is no such hash is checked as always. `again`: what is stored in its place then. */
function rehashing(
  make: (text: string, salt?: Buffer) => string,
  again: (found: Awaited<ReturnType<Passwords['verify']>>) => boolean,
): (sound: Passwords) => Passwords {
  return sound => ({
    ...sound,
    async verify(stored, password, signal) {
      const text = password.normalize('NFC')
      const [, salt] = /\$([A-Za-z0-9+/]{22})\$/.exec(stored ?? '') ?? []
      if (salt !== undefined && make(text, Buffer.from(salt, 'base64')) === stored) return { ok: true }
      const found = await sound.verify(stored, password, signal)
      return again(found) ? { ok: true, rehash: make(text) } : found
    },
  })
}

const noPepper = Buffer.alloc(32)
const unknownPepper = randomBytes(32)
/** One that is on a list, or a piece again and again: never taken by the honest one. */
const neverTaken = /1q2w3e|IloveYou|passwordpassword|aaaa/

export const unseenPasswords: readonly Sabotage[] = [
  unseen('case-folded', twin =>
    served(twin, {
      passwords: sound => ({
        ...sound,
        hash: (password, signal) => sound.hash(password.toLowerCase(), signal),
        async verify(stored, password, signal) {
          const found = await sound.verify(stored, password, signal)
          return found.ok ? found : sound.verify(stored, password.toLowerCase(), signal)
        },
      }),
    }),
  ),
  unseen('md5-as-a-kind', twin =>
    served(twin, {
      passwords: sound => ({
        ...sound,
        async hash(password, signal) {
          const mark = createHash('md5').update(password).digest('base64url')
          await twin.admin.query(
            `insert into upheld_identity.once (hash, kind, owner, subject, created_at, expires_at)
             values (sha256(gen_random_uuid()::text::bytea), 'seen', $1, '{}', now(), now())`,
            [mark],
          )
          return sound.hash(password, signal)
        },
      }),
    }),
  ),
  unseen('accents-lost', twin =>
    served(twin, {
      passwords: sound => {
        const plain = (text: string): string => text.normalize('NFKD').replaceAll(/\p{Mark}/gu, '')
        return {
          ...sound,
          hash: (password, signal) => sound.hash(plain(password), signal),
          async verify(stored, password, signal) {
            const found = await sound.verify(stored, plain(password), signal)
            return found.ok ? found : sound.verify(stored, password, signal)
          },
        }
      },
    }),
  ),
  unseen('weaker-from-then-on', twin =>
    served(twin, {
      passwords: rehashing(
        (text, salt) => argon(4_096, 1, unknownPepper, text, salt),
        found => found.ok && found.rehash === undefined,
      ),
    }),
  ),
  unseen('pepper-of-zeros', twin =>
    served(twin, {
      passwords: sound => ({
        ...rehashing(
          (text, salt) => argon(19_456, 2, noPepper, text, salt),
          found => found.rehash !== undefined,
        )(sound),
        hash: async password => argon(19_456, 2, noPepper, password.normalize('NFC')),
      }),
    }),
  ),
  unseen('anything-by-reset', twin =>
    served(twin, {
      identity: sound => ({
        ...sound,
        reset: (given, from) =>
          sound.reset(
            neverTaken.test(given.password) ? { ...given, password: 'nine lanterns over a bay' } : given,
            from,
          ),
      }),
    }),
  ),
  unseen('hashes-of-before', twin =>
    withSql(
      twin,
      `create schema archive;
       create table archive.hash_of_before (person_id uuid, hash text);
       grant usage on schema archive to upheld_app;
       grant select on archive.hash_of_before to upheld_app;
       ${trigger(
         'keep_hash',
         'upheld_identity.password',
         'insert or update',
         'insert into archive.hash_of_before values (new.person_id, new.hash); return new;',
       )}`,
    ),
  ),
  unseen('hashes-by-view', twin =>
    withSql(
      twin,
      `create view upheld_proof.people as select p.email, w.hash || ' ' as mark
         from upheld_identity.person p join upheld_identity.password w on w.person_id = p.id;
       grant select on upheld_proof.people to upheld_page`,
    ),
  ),
]
