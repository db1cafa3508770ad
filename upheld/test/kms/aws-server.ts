import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
  randomUUID,
  timingSafeEqual,
} from 'node:crypto'
import { z } from 'zod'
import { startStandIn, type Asked, type Reply, type StandIn } from './stand-in.ts'

interface AwsKey {
  readonly arn: string
  /** Key material; rotation adds one, and what was wrapped before still opens. */
  readonly material: Buffer[]
  state: 'Enabled' | 'Disabled' | 'PendingDeletion'
}

export interface AwsServer extends StandIn {
  /** Gives its ARN. */
  addKey(): string
  rotate(arn: string): void
  setState(arn: string, state: AwsKey['state']): void
  /** The encryption contexts that it was sent, as CloudTrail would show them. */
  readonly contexts: Record<string, string>[]
}

interface AwsAccount {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
}

const contextForm = z.record(z.string(), z.string()).default({})
const encryptForm = z.object({ KeyId: z.string(), Plaintext: z.base64(), EncryptionContext: contextForm })
const decryptForm = z.object({
  KeyId: z.string().optional(),
  CiphertextBlob: z.base64(),
  EncryptionContext: contextForm,
})

/**
 * Encrypt and Decrypt of AWS KMS over JSON 1.1: the signature of every request is verified (Signature Version 4), the
 * ciphertext names its key, and the errors are those of the API reference.
 */
export async function startAws(account: AwsAccount): Promise<AwsServer> {
  const keys = new Map<string, AwsKey>()
  const contexts: Record<string, string>[] = []
  const throttled = failure('ThrottlingException', 'You have exceeded the rate at which you may call KMS.')
  const server = await startStandIn(asked => {
    if (!isSigned(asked, account)) {
      return failure('InvalidSignatureException', 'The request signature we calculated does not match.')
    }
    const [, action] = String(asked.headers['x-amz-target']).split('.')
    const body: unknown = JSON.parse(asked.body.toString('utf8'))
    if (action === 'Encrypt') return encrypt(keys, contexts, body)
    if (action === 'Decrypt') return decrypt(keys, contexts, body)
    return failure('UnknownOperationException', '')
  }, throttled)
  return {
    ...server,
    contexts,
    addKey() {
      const arn = `arn:aws:kms:${account.region}:111122223333:key/${randomUUID()}`
      keys.set(arn, { arn, material: [randomBytes(32)], state: 'Enabled' })
      return arn
    },
    rotate: arn => void keys.get(arn)?.material.push(randomBytes(32)),
    setState(arn, state) {
      const key = keys.get(arn)
      if (key !== undefined) key.state = state
    },
  }
}

function encrypt(keys: ReadonlyMap<string, AwsKey>, contexts: Record<string, string>[], body: unknown): Reply {
  const parsed = encryptForm.safeParse(body)
  if (!parsed.success) return failure('ValidationException', 'shape')
  const { KeyId, Plaintext, EncryptionContext } = parsed.data
  contexts.push(EncryptionContext)
  const key = keys.get(KeyId)
  const refusal = unusable(key)
  if (refusal !== undefined || key === undefined) return refusal ?? missing()
  const plain = Buffer.from(Plaintext, 'base64')
  if (plain.length > 4096) return failure('ValidationException', 'too long')
  const head = Buffer.concat([Buffer.from(key.arn.padEnd(100)), Buffer.of(key.material.length), randomBytes(12)])
  const cipher = createCipheriv('aes-256-gcm', key.material.at(-1) ?? '', head.subarray(101)).setAAD(
    bound(head, EncryptionContext),
  )
  const blob = Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return success({ CiphertextBlob: blob.toString('base64'), KeyId: key.arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
}

function decrypt(keys: ReadonlyMap<string, AwsKey>, contexts: Record<string, string>[], body: unknown): Reply {
  const parsed = decryptForm.safeParse(body)
  if (!parsed.success) return failure('ValidationException', 'shape')
  const { KeyId, CiphertextBlob, EncryptionContext } = parsed.data
  contexts.push(EncryptionContext)
  const blob = Buffer.from(CiphertextBlob, 'base64')
  const wanted = KeyId === undefined ? undefined : keys.get(KeyId)
  if (KeyId !== undefined && wanted === undefined) return missing()
  const key = keys.get(blob.toString('latin1', 0, 100).trim())
  if (key === undefined || blob.length < 129) return failure('InvalidCiphertextException')
  if (wanted !== undefined && wanted !== key)
    return failure(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    )
  const refusal = unusable(key)
  if (refusal !== undefined) return refusal
  const material = key.material[blob.readUInt8(100) - 1]
  if (material === undefined) return failure('InvalidCiphertextException')
  const head = blob.subarray(0, 113)
  const decipher = createDecipheriv('aes-256-gcm', material, head.subarray(101), { authTagLength: 16 })
  decipher.setAAD(bound(head, EncryptionContext)).setAuthTag(blob.subarray(-16))
  try {
    const plain = Buffer.concat([decipher.update(blob.subarray(113, -16)), decipher.final()])
    return success({ Plaintext: plain.toString('base64'), KeyId: key.arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
  } catch {
    return failure('InvalidCiphertextException')
  }
}

function bound(head: Buffer, context: Record<string, string>): Buffer {
  return Buffer.concat([head, Buffer.from(JSON.stringify(Object.entries(context).sort()))])
}

function unusable(key: AwsKey | undefined): Reply | undefined {
  if (key === undefined) return missing()
  if (key.state === 'Disabled') return failure('DisabledException', `${key.arn} is disabled.`)
  if (key.state === 'PendingDeletion') return failure('KMSInvalidStateException', `${key.arn} is pending deletion.`)
  return undefined
}

function missing(): Reply {
  return failure('NotFoundException', 'Key does not exist')
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function isSigned({ method, path, headers, body }: Asked, account: AwsAccount): boolean {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/kms\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    )
  const [, id, day = '', region = '', names = '', signature = ''] = match ?? []
  if (id !== account.accessKeyId || region !== account.region) return false
  for (const name of ['host', 'x-amz-date', 'x-amz-target']) if (!names.split(';').includes(name)) return false
  const hash = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')
  const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()
  const signed = names
    .split(';')
    .map(name => `${name}:${String(headers[name]).trim()}\n`)
    .join('')
  const [place = '', query = ''] = path.split('?')
  const canonical = [method, place, query, signed, names, hash(body)].join('\n')
  const scope = `${day}/${region}/kms/aws4_request`
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash(canonical)].join('\n')
  const key = [day, region, 'kms', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${account.secretAccessKey}`)
  return timingSafeEqual(Buffer.from(hmac(key, text).toString('hex')), Buffer.from(signature))
}

function success(value: object): Reply {
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(value) }
}

function failure(type: string, message = ''): Reply {
  return {
    status: 400,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify({ __type: type, message }),
  }
}
