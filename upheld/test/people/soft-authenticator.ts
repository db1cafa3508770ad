import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

/** An authenticator that says and signs whatever an attacker wants. */
export interface SoftKey {
  readonly id: Buffer
  readonly alg: number
  readonly privateKey: KeyObject
  /** COSE, RFC 9053. */
  readonly publicKey: Buffer
}

type Algorithm = 'ES256' | 'EdDSA' | 'RS256' | 'ES384'

/** Everything that can be lied about. */
export interface Says {
  readonly challenge: string
  readonly type?: string
  readonly origin?: string
  readonly crossOrigin?: boolean
  readonly topOrigin?: string
  readonly rpId?: string
  readonly flags?: number
  readonly counter?: number
  readonly userHandle?: Uint8Array
  /** Signs in the place of the key. */
  readonly signer?: SoftKey
  readonly fmt?: string
  readonly attStmt?: (signed: Buffer) => readonly [string, unknown][]
}

export const flag = { present: 0x01, verified: 0x04, eligible: 0x08, backedUp: 0x10, attested: 0x40 } as const
const honest = flag.present | flag.verified

export function softKey(algorithm: Algorithm = 'ES256', id: Buffer = randomBytes(32)): SoftKey {
  if (algorithm === 'EdDSA') {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const x = part(publicKey, 'x')
    return {
      id,
      alg: -8,
      privateKey,
      publicKey: cbor(
        new Map<unknown, unknown>([
          [1, 1],
          [3, -8],
          [-1, 6],
          [-2, x],
        ]),
      ),
    }
  }
  if (algorithm === 'RS256') {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const [n, e] = [part(publicKey, 'n'), part(publicKey, 'e')]
    return {
      id,
      alg: -257,
      privateKey,
      publicKey: cbor(
        new Map<unknown, unknown>([
          [1, 3],
          [3, -257],
          [-1, n],
          [-2, e],
        ]),
      ),
    }
  }
  const [curve, alg, crv] = algorithm === 'ES256' ? (['P-256', -7, 1] as const) : (['P-384', -35, 2] as const)
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: curve })
  const [x, y] = [part(publicKey, 'x'), part(publicKey, 'y')]
  const cose = new Map<unknown, unknown>([
    [1, 2],
    [3, alg],
    [-1, crv],
    [-2, x],
    [-3, y],
  ])
  return { id, alg, privateKey, publicKey: cbor(cose) }
}

/** What a browser sends after `create`, as JSON. */
export function attest(key: SoftKey, says: Says): Registration {
  const clientData = clientDataOf({ type: 'webauthn.create', ...says })
  const length = Buffer.alloc(2)
  length.writeUInt16BE(key.id.length)
  const attested = Buffer.concat([Buffer.alloc(16), length, key.id, key.publicKey])
  const authData = Buffer.concat([headOf({ flags: honest, ...says }, flag.attested), attested])
  const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()])
  const object = new Map<unknown, unknown>([
    ['fmt', says.fmt ?? 'none'],
    ['attStmt', new Map<unknown, unknown>(says.attStmt?.(signed) ?? [])],
    ['authData', authData],
  ])
  const id = key.id.toString('base64url')
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: clientData.toString('base64url'),
      attestationObject: cbor(object).toString('base64url'),
      transports: ['internal'],
    },
  }
}

/** What a browser sends after `get`, as JSON. */
export function assertion(key: SoftKey, says: Says): Assertion {
  const clientData = clientDataOf({ type: 'webauthn.get', ...says })
  const authData = headOf({ flags: honest, ...says })
  const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()])
  const id = key.id.toString('base64url')
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: signatureBy(says.signer ?? key, signed).toString('base64url'),
      ...(says.userHandle === undefined ? {} : { userHandle: Buffer.from(says.userHandle).toString('base64url') }),
    },
  }
}

interface Registration {
  readonly id: string
  readonly rawId: string
  readonly type: string
  readonly clientExtensionResults: object
  readonly response: {
    readonly clientDataJSON: string
    readonly attestationObject: string
    readonly transports: string[]
  }
}

interface Assertion {
  readonly id: string
  readonly rawId: string
  readonly type: string
  readonly clientExtensionResults: object
  readonly response: {
    readonly clientDataJSON: string
    readonly authenticatorData: string
    readonly signature: string
    readonly userHandle?: string
  }
}

export function signatureBy(key: SoftKey, signed: Buffer): Buffer {
  return sign(key.alg === -8 ? null : key.alg === -35 ? 'sha384' : 'sha256', signed, key.privateKey)
}

function clientDataOf({
  type,
  challenge,
  origin = 'http://localhost:1',
  crossOrigin = false,
  topOrigin,
}: Says): Buffer {
  return Buffer.from(
    JSON.stringify({ type, challenge, origin, crossOrigin, ...(topOrigin === undefined ? {} : { topOrigin }) }),
  )
}

function headOf({ rpId = 'localhost', flags = honest, counter = 0 }: Says, more = 0): Buffer {
  const rest = Buffer.alloc(5)
  rest.writeUInt8(flags | more)
  rest.writeUInt32BE(counter, 1)
  return Buffer.concat([createHash('sha256').update(rpId).digest(), rest])
}

function part(key: KeyObject, name: 'x' | 'y' | 'n' | 'e'): Buffer {
  return Buffer.from(key.export({ format: 'jwk' })[name] ?? '', 'base64url')
}

/** RFC 8949, as much of it as an authenticator writes. */
function cbor(value: unknown): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)])
  if (value instanceof Map) return Buffer.concat([head(5, value.size), ...[...value].flat().map(cbor)])
  throw new Error('an authenticator writes no such thing')
}

function head(kind: number, size: number): Buffer {
  if (size < 24) return Buffer.from([(kind << 5) | size])
  if (size < 256) return Buffer.from([(kind << 5) | 24, size])
  return Buffer.from([(kind << 5) | 25, size >> 8, size & 0xff])
}
