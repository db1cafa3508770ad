import { createSecretKey, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto'
import { assert, UpheldError } from '../../core/errors.ts'
import { encodeWords } from './address.ts'
import { refuseKey } from './chain-errors.ts'
import { cobblestone, openMessage, sealedSize, sealMessage } from './chunked.ts'
import type { KeyRecord, RootKey } from './ports.ts'
import type { LiveRecord } from './records.ts'

// A wrapped data key has the shape of every envelope (format, flags, schema, key id, message), with a schema of its own:
// no wrapped key passes for a sealed value, and no value for a key. The key id is the one of the KEK.

const headerBytes = 12
/** Format 1 (Cobblestone-256), no flags, schema 0002. */
const headerStart = Buffer.from([1, 0, 0, 2])
const kekLabel = 'upheld/kek@v1'
const dataLabel = 'upheld/data-key@v1'

/** A key that wraps, with the id that stands in what it wrapped. */
export interface Wrapper {
  readonly id: string
  readonly key: KeyObject
}

/** What a key is bound to, whoever wraps it: an organization, its place in the store, and its number. */
type Bound = Pick<KeyRecord, 'organization' | 'domain' | 'epoch' | 'id'>

/** At most 1 KiB, which every provider of a root key takes: a deployment has 200 bytes, a domain too. */
function contextOf(label: string, deployment: string, { organization, domain, epoch, id }: Bound): Buffer {
  const size = Buffer.byteLength(deployment)
  assert(size >= 1 && size <= 200, 'a deployment has an id of 1 to 200 bytes')
  return encodeWords([label, deployment, organization, domain, id, String(epoch)])
}

/**
 * Named by the root key that was newest before: one that is replaced meanwhile leaves a name that is too old, and the
 * next rewrap mends it. The other way round a key would be taken for rewrapped that is not.
 * @throws vault.root_unsound; what the root key throws
 */
export async function wrapKek(
  root: RootKey,
  deployment: string,
  bound: Bound,
  key: Uint8Array,
): Promise<Pick<LiveRecord, 'wrapped' | 'wrappedBy'>> {
  const wrappedBy = root.uri
  const context = contextOf(kekLabel, deployment, bound)
  const wrapped = Buffer.from(await root.wrap(key, context))
  await assertOpensAgain(root, wrapped, context, key)
  return { wrappedBy, wrapped }
}

async function assertOpensAgain(root: RootKey, wrapped: Buffer, context: Buffer, key: Uint8Array): Promise<void> {
  const again = await root.unwrap(wrapped, context).catch((thrown: unknown) => {
    if (thrown instanceof UpheldError && thrown.code === 'kms.denied') throw refuseKey.root_unsound({ cause: thrown })
    throw thrown
  })
  const same = again.length === key.length && timingSafeEqual(again, key)
  again.fill(0)
  if (!same) throw refuseKey.root_unsound()
}

/** The name of a root key without its version: one provider opens what its older versions wrapped. */
function familyOf(uri: string): string {
  return uri.replace(/#[^#]*$/, '')
}

/**
 * The bytes of a KEK, which the caller wipes.
 * @throws vault.root_unknown when no root key of that name is at hand, and none of the others opens it; what the root
 *   key throws
 */
export async function unwrapKek(
  roots: readonly RootKey[],
  deployment: string,
  record: LiveRecord,
): Promise<Uint8Array> {
  const context = contextOf(kekLabel, deployment, record)
  const named = roots.find(({ uri }) => uri === record.wrappedBy || familyOf(uri) === familyOf(record.wrappedBy))
  const key = await (named === undefined ? unwrapByAny(roots, record, context) : named.unwrap(record.wrapped, context))
  if (key.length !== cobblestone.key) throw refuseKey.key_foreign({ detail: 'A KEK has 32 bytes.' })
  return key
}

/** A root key that got another name since, such as a file that was moved. What it opens is authentic all the same. */
async function unwrapByAny(roots: readonly RootKey[], record: LiveRecord, context: Uint8Array): Promise<Uint8Array> {
  for (const root of roots) {
    try {
      return await root.unwrap(record.wrapped, context)
    } catch (thrown) {
      if (!(thrown instanceof UpheldError) || thrown.code !== 'kms.denied') throw thrown
    }
  }
  throw refuseKey.root_unknown({ detail: `It is wrapped by ${record.wrappedBy}.` })
}

function headerFor(kekId: string): Buffer {
  return Buffer.concat([headerStart, Buffer.from(kekId, 'hex')])
}

export function wrapDataKey(kek: Wrapper, deployment: string, bound: Bound, key: Uint8Array): Buffer {
  const header = headerFor(kek.id)
  const wrapped = Buffer.alloc(headerBytes + sealedSize(key.length))
  wrapped.set(header)
  const context = Buffer.concat([contextOf(dataLabel, deployment, bound), header])
  sealMessage(kek.key, randomBytes(cobblestone.salt), context, key, wrapped, headerBytes)
  return wrapped
}

/** The bytes of a data key, which the caller wipes. @throws vault.key_foreign */
export function unwrapDataKey(kek: Wrapper, deployment: string, record: LiveRecord): Buffer {
  const { wrapped } = record
  const header = headerFor(kek.id)
  const context = Buffer.concat([contextOf(dataLabel, deployment, record), header])
  const key = wrapped.subarray(0, headerBytes).equals(header)
    ? openMessage(kek.key, context, wrapped.subarray(headerBytes))
    : undefined
  if (key?.length !== cobblestone.key) throw refuseKey.key_foreign({ detail: record.domain })
  return key
}

/** The key as an object that prints nothing; its bytes are wiped. */
export function keyOf(bytes: Uint8Array): KeyObject {
  try {
    return createSecretKey(bytes)
  } finally {
    bytes.fill(0)
  }
}
