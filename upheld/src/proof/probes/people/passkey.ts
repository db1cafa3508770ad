import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

/** An authenticator in software, of which a probe holds the key: ES256, one credential. */
interface Passkey {
  readonly id: Buffer
  readonly privateKey: KeyObject
  /** COSE, RFC 9053. */
  readonly publicKey: Buffer
}

/** What a browser and its authenticator say. All but the challenge is honest unless told otherwise. */
interface Says {
  readonly challenge: string
  /** What the browser calls the site that it is on. */
  readonly site: string
  /** Whether the authenticator made sure of its user. */
  readonly verified?: boolean
  /** Of the person, as the site gave it when the passkey was made. */
  readonly userHandle?: string
}

const flag = { present: 0x01, verified: 0x04, attested: 0x40 } as const

export function makePasskey(): Passkey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const cose = [
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]),
    Buffer.from(x, 'base64url'),
    Buffer.from([0x22, 0x58, 0x20]),
    Buffer.from(y, 'base64url'),
  ]
  return { id: randomBytes(32), privateKey, publicKey: Buffer.concat(cose) }
}

/** What a browser sends when a passkey was made, as JSON. */
export function registered({ id, publicKey }: Passkey, says: Says): string {
  const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, publicKey])
  const authData = Buffer.concat([headOf(says, flag.attested), attested])
  // { fmt: 'none', attStmt: {}, authData }, RFC 8949
  const object = Buffer.concat([
    Buffer.from([0xa3, 0x63]),
    Buffer.from('fmt'),
    Buffer.from([0x64]),
    Buffer.from('none'),
    Buffer.from([0x67]),
    Buffer.from('attStmt'),
    Buffer.from([0xa0, 0x68]),
    Buffer.from('authData'),
    Buffer.from([0x58, authData.length]),
    authData,
  ])
  return JSON.stringify({
    ...namedBy(id),
    response: {
      clientDataJSON: clientDataOf('webauthn.create', says).toString('base64url'),
      attestationObject: object.toString('base64url'),
      transports: ['internal'],
    },
  })
}

/** What a browser sends when it was asked for a passkey, as JSON. */
export function asserted({ id, privateKey }: Passkey, says: Says): string {
  const clientData = clientDataOf('webauthn.get', says)
  const authData = headOf(says, 0)
  const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()])
  return JSON.stringify({
    ...namedBy(id),
    response: {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: sign('sha256', signed, privateKey).toString('base64url'),
      ...(says.userHandle === undefined ? {} : { userHandle: says.userHandle }),
    },
  })
}

function namedBy(id: Buffer): object {
  const text = id.toString('base64url')
  return { id: text, rawId: text, type: 'public-key', clientExtensionResults: {} }
}

function clientDataOf(type: string, { challenge, site }: Says): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin: site, crossOrigin: false }))
}

function headOf({ site, verified = true }: Says, more: number): Buffer {
  const flags = flag.present | (verified ? flag.verified : 0) | more
  const host = createHash('sha256').update(new URL(site).hostname).digest()
  return Buffer.concat([host, Buffer.from([flags, 0, 0, 0, 0])])
}
