import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { startStandIn, type Asked, type Reply, type StandIn } from './stand-in.ts'

/** One key of the Transit engine: its versions, and what an operator set. */
interface TransitKey {
  readonly derived: boolean
  readonly versions: Buffer[]
  minDecryptionVersion: number
}

export interface TransitServer extends StandIn {
  addKey(name: string, derived?: boolean): void
  rotate(name: string): void
  setMinDecryptionVersion(name: string, version: number): void
  deleteKey(name: string): void
  /** Tokens that are taken now; with the namespace that they are of. */
  readonly tokens: Map<string, string>
  /** True: ignores `associated_data`, as Vault did before 1.9. */
  old: boolean
}

const body = z.looseObject({
  plaintext: z.string().optional(),
  ciphertext: z.string().optional(),
  context: z.string().optional(),
  associated_data: z.string().optional(),
})

/**
 * The encrypt and decrypt paths of the Transit engine, as OpenBao 2 has them: aes256-gcm96, `vault:v<version>:` and
 * nonce, ciphertext and tag in base64; derived keys by HKDF-SHA-256 of the context; texts and statuses of its errors.
 */
export async function startTransit(mount = 'transit'): Promise<TransitServer> {
  const keys = new Map<string, TransitKey>()
  const tokens = new Map<string, string>()
  const state = { old: false }
  const throttled = { status: 429, body: failure('request path "transit": rate limit quota exceeded').body }
  const server = await startStandIn(asked => answer(asked, mount, keys, tokens, state.old), throttled)
  return {
    ...server,
    tokens,
    addKey: (name, derived = true) =>
      void keys.set(name, { derived, versions: [randomBytes(32)], minDecryptionVersion: 1 }),
    rotate: name => void keys.get(name)?.versions.push(randomBytes(32)),
    setMinDecryptionVersion(name, version) {
      const key = keys.get(name)
      if (key !== undefined) key.minDecryptionVersion = version
    },
    deleteKey: name => void keys.delete(name),
    get old() {
      return state.old
    },
    set old(value) {
      state.old = value
    },
  }
}

function answer(
  asked: Asked,
  mount: string,
  keys: ReadonlyMap<string, TransitKey>,
  tokens: ReadonlyMap<string, string>,
  old: boolean,
): Reply {
  const token = asked.headers['x-vault-token']
  const namespace = asked.headers['x-vault-namespace'] ?? ''
  if (typeof token !== 'string' || tokens.get(token) !== namespace)
    return { ...failure('permission denied'), status: 403 }
  const match = /^\/v1\/([^?]+)\/(encrypt|decrypt)\/([^/?]+)$/.exec(asked.path)
  if (match?.[1] !== mount || asked.method !== 'POST') {
    return { ...failure(`no handler for route "${asked.path}". route entry not found.`), status: 404 }
  }
  const parsed = body.safeParse(JSON.parse(asked.body.toString('utf8')))
  if (!parsed.success) return failure('error converting input')
  const key = keys.get(match[3] ?? '')
  if (key === undefined) return failure('encryption key not found')
  const { context, plaintext, ciphertext, associated_data: associated } = parsed.data
  if (key.derived && context === undefined) {
    return failure("missing 'context' for key derivation; the key was created using a derived key")
  }
  const aad = Buffer.from(old ? '' : (associated ?? ''), 'base64')
  if (match[2] === 'encrypt') return encrypt(key, plaintext ?? '', context ?? '', aad)
  return decrypt(key, ciphertext ?? '', context ?? '', aad)
}

function encrypt(key: TransitKey, plaintext: string, context: string, aad: Buffer): Reply {
  const version = key.versions.length
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyFor(key, version, context), nonce).setAAD(aad)
  const sealed = Buffer.concat([
    nonce,
    cipher.update(Buffer.from(plaintext, 'base64')),
    cipher.final(),
    cipher.getAuthTag(),
  ])
  return success({ ciphertext: `vault:v${version}:${sealed.toString('base64')}`, key_version: version })
}

function decrypt(key: TransitKey, ciphertext: string, context: string, aad: Buffer): Reply {
  const match = /^vault:v(\d+):(.*)$/.exec(ciphertext)
  if (match === null) return failure('invalid ciphertext: no prefix')
  const version = Number(match[1])
  if (version > key.versions.length) return failure('invalid ciphertext: version is too new')
  if (version < key.minDecryptionVersion)
    return failure('ciphertext or signature version is disallowed by policy (too old)')
  const sealed = Buffer.from(match[2] ?? '', 'base64')
  if (sealed.length < 28) return failure('invalid ciphertext length')
  const decipher = createDecipheriv('aes-256-gcm', keyFor(key, version, context), sealed.subarray(0, 12), {
    authTagLength: 16,
  })
  decipher.setAAD(aad).setAuthTag(sealed.subarray(-16))
  try {
    const plain = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
    return success({ plaintext: plain.toString('base64') })
  } catch {
    return failure('cipher: message authentication failed')
  }
}

function keyFor(key: TransitKey, version: number, context: string): Buffer {
  const root = key.versions[version - 1] ?? Buffer.alloc(32)
  if (!key.derived) return root
  return Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), Buffer.from(context, 'base64'), 32))
}

function success(data: object): Reply {
  const lease = { request_id: 'a', lease_id: '', renewable: false, lease_duration: 0 }
  return { status: 200, body: JSON.stringify({ ...lease, data, wrap_info: null, warnings: null, auth: null }) }
}

function failure(text: string): Reply {
  return { status: 400, body: JSON.stringify({ errors: [text] }) }
}
