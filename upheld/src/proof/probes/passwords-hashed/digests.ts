import { createHash, createHmac, getHashes } from 'node:crypto'
import { writtenForms, type Needle } from '../people/needles.ts'

/** A password that was chosen for this run, and what else is known of whoever chose it. */
export interface Chosen {
  readonly password: string
  /** Where it was chosen, such as `a sign-up`. */
  readonly way: string
  /** What somebody who hashes without a salt of its own takes for one: the address, the identifier. */
  readonly about: readonly string[]
}

/** Every function that a machine computes a billion times a second, as the library calls it. */
const algorithms = [
  'md5',
  'sha1',
  'sha224',
  'sha256',
  'sha384',
  'sha512',
  'sha512-256',
  'sha3-256',
  'sha3-512',
  'blake2b512',
  'blake2s256',
  'ripemd160',
]
/** Keys that are no secret. */
const plainKeys = ['', 'pepper', 'secret', 'key', 'salt', 'password']
const hmacs = ['md5', 'sha1', 'sha256', 'sha512']

/**
 * What somebody would keep who knows better than to keep the password, and no better than that: digests of it with and
 * without something that is no salt, once and twice, with and without a key, as bytes and as text.
 */
export function fastDigestsOf({ password, way, about }: Chosen): readonly Needle[] {
  const known = new Set(getHashes())
  const texts = [password, password.normalize('NFC').toLowerCase(), `${password}\n`]
  const salted = about.flatMap(one =>
    ['', ':', '$', '|'].flatMap(sign => [password + sign + one, one + sign + password]),
  )
  const digests = algorithms
    .filter(name => known.has(name))
    .flatMap(name => [
      ...[...texts, ...salted].map(text => [name, createHash(name).update(text).digest()] as const),
      [`${name} twice`, createHash(name).update(createHash(name).update(password).digest()).digest()] as const,
      [`${name} twice`, createHash(name).update(createHash(name).update(password).digest('hex')).digest()] as const,
    ])
  const keyed = hmacs.flatMap(name =>
    [...plainKeys, ...about].flatMap(key => [
      [`HMAC of ${name}`, createHmac(name, key).update(password).digest()] as const,
      [`HMAC of ${name}`, createHmac(name, password).update(key).digest()] as const,
    ]),
  )
  const ntlm = createHash('md5').update(Buffer.from(password, 'utf16le')).digest()
  return [...digests, ...keyed, ['md5 of its UTF-16', ntlm] as const].flatMap(([name, digest]) =>
    writtenForms(digest).map(bytes => ({ bytes, says: `a plain digest (${name}) of the password of ${way}` })),
  )
}
