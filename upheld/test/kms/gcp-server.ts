import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { crc32c } from '../../src/adapters/kms/gcp/crc32c.ts'
import { z } from 'zod'
import { startStandIn, type Asked, type Reply, type StandIn } from './stand-in.ts'

interface Version {
  readonly material: Buffer
  state: 'ENABLED' | 'DISABLED' | 'DESTROYED'
}

export interface GcpServer extends StandIn {
  readonly tokenUrl: string
  addKey(name: string): void
  rotate(name: string): void
  setState(name: string, version: number, state: Version['state']): void
  /** What a workload must show to be given a token. */
  readonly subjectToken: string
  /** Every token that was given. */
  readonly given: string[]
  /** Ends all tokens. */
  revoke(): void
  /** Bends one byte of what is asked, or of what is answered, on its way. */
  bend: 'nothing' | 'question' | 'answer'
  /** No tokens: the service that gives them is down. */
  tokensDown: boolean
}

const crc = z.string().regex(/^\d+$/).transform(Number)
const common = { additionalAuthenticatedData: z.base64(), additionalAuthenticatedDataCrc32c: crc }
const encryptForm = z.strictObject({ plaintext: z.base64(), plaintextCrc32c: crc, ...common })
const decryptForm = z.strictObject({ ciphertext: z.base64(), ciphertextCrc32c: crc, ...common })

interface State {
  readonly keys: Map<string, Version[]>
  readonly tokens: Set<string>
  readonly given: string[]
  readonly subjectToken: string
  bend: GcpServer['bend']
  tokensDown: boolean
}

/**
 * encrypt and decrypt of Cloud KMS over REST, with its checksums and errors, and the token exchange of Google's
 * security token service (RFC 8693).
 */
export async function startGcp(): Promise<GcpServer> {
  const state: State = {
    keys: new Map(),
    tokens: new Set(),
    given: [],
    subjectToken: randomBytes(20).toString('hex'),
    bend: 'nothing',
    tokensDown: false,
  }
  const server = await startStandIn(
    asked => (asked.path === '/v1/token' ? exchange(asked, state) : answer(asked, state)),
    failure(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded'),
    path => path === '/v1/token',
  )
  const { keys, tokens, given, subjectToken } = state
  return Object.assign(state, {
    ...server,
    tokenUrl: `${server.url}/v1/token`,
    subjectToken,
    given,
    addKey: (name: string) => void keys.set(name, [{ material: randomBytes(32), state: 'ENABLED' }]),
    rotate: (name: string) => void keys.get(name)?.push({ material: randomBytes(32), state: 'ENABLED' }),
    setState(name: string, version: number, to: Version['state']) {
      const found = keys.get(name)?.[version - 1]
      if (found !== undefined) found.state = to
    },
    revoke: () => tokens.clear(),
  })
}

function exchange(asked: Asked, state: State): Reply {
  if (state.tokensDown) return { status: 503, body: '{}' }
  const sent = new URLSearchParams(asked.body.toString('utf8'))
  const right =
    sent.get('grant_type') === 'urn:ietf:params:oauth:grant-type:token-exchange' &&
    sent.get('subject_token') === state.subjectToken &&
    (sent.get('scope') ?? '').includes('https://www.googleapis.com/auth/cloudkms')
  if (!right) return { status: 400, body: JSON.stringify({ error: 'invalid_grant' }) }
  const token = `ya29.${randomBytes(20).toString('hex')}`
  state.tokens.add(token)
  state.given.push(token)
  const kind = 'urn:ietf:params:oauth:token-type:access_token'
  const body = { access_token: token, issued_token_type: kind, token_type: 'Bearer', expires_in: 3600 }
  return { status: 200, body: JSON.stringify(body) }
}

function answer(asked: Asked, state: State): Reply {
  const token = /^Bearer (.+)$/.exec(asked.headers.authorization ?? '')?.[1] ?? ''
  if (!state.tokens.has(token))
    return failure(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.')
  const [, name = '', verb] = /^\/v1\/(projects\/.+):(encrypt|decrypt)$/.exec(asked.path) ?? []
  const versions = state.keys.get(name)
  if (versions === undefined) return failure(404, 'NOT_FOUND', `CryptoKey ${name} not found.`)
  const body: unknown = JSON.parse(asked.body.toString('utf8'))
  return verb === 'encrypt' ? encrypt(name, versions, body, state) : decrypt(versions, body, state)
}

function encrypt(name: string, versions: readonly Version[], body: unknown, state: State): Reply {
  const parsed = encryptForm.safeParse(body)
  if (!parsed.success) return failure(400, 'INVALID_ARGUMENT', 'shape')
  const plain = received(parsed.data.plaintext, state)
  const aad = Buffer.from(parsed.data.additionalAuthenticatedData, 'base64')
  // Cloud KMS refuses what does not fit its checksum, and says what it has verified.
  if (crc32c(plain) !== parsed.data.plaintextCrc32c) return failure(400, 'INVALID_ARGUMENT', 'plaintext_crc32c')
  if (crc32c(aad) !== parsed.data.additionalAuthenticatedDataCrc32c)
    return failure(400, 'INVALID_ARGUMENT', 'aad_crc32c')
  const version = versions.length
  const head = Buffer.concat([Buffer.of(0x0a, version), randomBytes(12)])
  const cipher = createCipheriv('aes-256-gcm', versions[version - 1]?.material ?? '', head.subarray(2))
  cipher.setAAD(Buffer.concat([head, aad]))
  const sealed = Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return success({
    name: `${name}/cryptoKeyVersions/${version}`,
    ciphertext: sent(sealed, state),
    ciphertextCrc32c: String(crc32c(sealed)),
    verifiedPlaintextCrc32c: true,
    verifiedAdditionalAuthenticatedDataCrc32c: true,
    protectionLevel: 'SOFTWARE',
  })
}

function decrypt(versions: readonly Version[], body: unknown, state: State): Reply {
  const parsed = decryptForm.safeParse(body)
  if (!parsed.success) return failure(400, 'INVALID_ARGUMENT', 'shape')
  const sealed = received(parsed.data.ciphertext, state)
  const aad = Buffer.from(parsed.data.additionalAuthenticatedData, 'base64')
  if (crc32c(sealed) !== parsed.data.ciphertextCrc32c) return failure(400, 'INVALID_ARGUMENT', 'ciphertext_crc32c')
  const wrong = failure(400, 'INVALID_ARGUMENT', 'Decryption failed: the ciphertext is invalid.')
  const version = sealed.length > 30 && sealed[0] === 0x0a ? versions[(sealed[1] ?? 0) - 1] : undefined
  if (version === undefined) return wrong
  if (version.state !== 'ENABLED') {
    return failure(400, 'FAILED_PRECONDITION', `The version is not enabled, current state is: ${version.state}.`)
  }
  const head = sealed.subarray(0, 14)
  const decipher = createDecipheriv('aes-256-gcm', version.material, head.subarray(2), { authTagLength: 16 })
  decipher.setAAD(Buffer.concat([head, aad])).setAuthTag(sealed.subarray(-16))
  try {
    const plain = Buffer.concat([decipher.update(sealed.subarray(14, -16)), decipher.final()])
    return success({
      plaintext: sent(plain, state),
      plaintextCrc32c: String(crc32c(plain)),
      usedPrimary: version === versions.at(-1),
      protectionLevel: 'SOFTWARE',
    })
  } catch {
    return wrong
  }
}

function received(text: string, { bend }: State): Buffer {
  return bent(Buffer.from(text, 'base64'), bend === 'question')
}

function sent(bytes: Buffer, { bend }: State): string {
  return bent(Buffer.from(bytes), bend === 'answer').toString('base64')
}

function bent(bytes: Buffer, wanted: boolean): Buffer {
  if (wanted) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  return bytes
}

function success(value: object): Reply {
  return { status: 200, body: JSON.stringify(value) }
}

function failure(code: number, status: string, message: string): Reply {
  return { status: code, body: JSON.stringify({ error: { code, message, status } }) }
}
