import { createHmac } from 'node:crypto'
import { placesOf } from './places.ts'
import type { Attempt, Guessed } from './shapes.ts'

/** The rows that one try counts in. Undefined: in none of that kind. */
export interface Keys {
  /** Where its failures in a row are counted: of the account, or of the known device. */
  readonly own: Buffer
  readonly ownKind: 'account' | 'known'
  readonly account: Buffer
  /** The places that it counts in besides. None where the device or the session is known: it can fail at one account alone. */
  readonly places: Places | undefined
  /** Which bit stands for this account. */
  readonly accountMark: number
}

interface Places {
  readonly address: Buffer
  readonly network: Buffer
  readonly organization: Buffer | undefined
  readonly everywhere: Buffer
  /** Which bit stands for this address. */
  readonly addressMark: number
}

/** First byte of a key, so that no two kinds share one. */
const tags = {
  person: 0x70,
  unknown: 0x75,
  known: 0x6b,
  organization: 0x6f,
  everywhere: 0x65,
  address4: 0x34,
  network4: 0x2e,
  address6: 0x36,
  network6: 0x3a,
  address0: 0x30,
  network0: 0x31,
} as const

type Kind = keyof typeof tags

/** What nobody can make up has a key of its own; of the rest there are 2^22 at most of each kind, whatever is sent. */
const bounded: ReadonlySet<Kind> = new Set(['unknown', 'address4', 'network4', 'address6', 'network6'])
const boundedBits = 22

export function keysOf(attempt: Attempt, key: Uint8Array): Keys {
  const [kind, text] = accountOf(attempt.account)
  const digest = digestOf(key, kind, text)
  const account = keyIn(kind, digest)
  const accountMark = digest.readUInt16LE(16)
  if (attempt.known === undefined) {
    return { own: account, ownKind: 'account', account, places: placesIn(attempt, key), accountMark }
  }
  const own = keyIn('known', digestOf(key, 'known', `${kind}\n${text}\n${attempt.known}`))
  return { own, ownKind: 'known', account, places: undefined, accountMark }
}

function placesIn({ visitor, organization }: Attempt, key: Uint8Array): Places {
  const { family, address, network } = placesOf(visitor.address)
  const made = (of: Kind, value: string) => keyIn(of, digestOf(key, of, value))
  const digest = digestOf(key, `address${family}`, address)
  return {
    address: keyIn(`address${family}`, digest),
    network: made(`network${family}`, network),
    organization: organization === undefined ? undefined : made('organization', organization),
    everywhere: Buffer.of(tags.everywhere),
    addressMark: digest.readUInt16LE(16),
  }
}

function accountOf(account: Guessed): readonly ['person' | 'unknown', string] {
  return 'person' in account ? ['person', account.person] : ['unknown', account.unknown]
}

function keyIn(kind: Kind, digest: Buffer): Buffer {
  if (!bounded.has(kind)) return Buffer.concat([Buffer.of(tags[kind]), digest.subarray(0, 16)])
  const short = Buffer.alloc(5)
  short.writeUInt8(tags[kind])
  short.writeUInt32LE(digest.readUInt32LE(0) % 2 ** boundedBits, 1)
  return short
}

function digestOf(key: Uint8Array, kind: Kind, value: string): Buffer {
  return createHmac('sha256', key).update(`${kind}\n${value}`).digest()
}
