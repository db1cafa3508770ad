import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { z } from 'zod'
import type { Clock } from '../../../core/clock.ts'
import type { RootKey } from '../../../foundation/vault/index.ts'
import { refuse } from '../errors.ts'
import { openWire, serviceAddress } from '../exchange.ts'
import { remoteLimits, type Outcome } from '../remote.ts'
import { loadClient, readOptions, serviceRootKey, type Service } from '../service.ts'
import { refusalOf, wireFailure } from './refusals.ts'

// Key ids, ARNs and aliases: https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
const keyForm = z.string().regex(/^[A-Za-z0-9:/_-]{1,2048}$/)
const form = z.strictObject({
  /** An ARN is best: an alias can be pointed at another key, and then its name here stays the same. */
  key: keyForm,
  /** Keys that still unwrap what they wrapped, after the root was given another key. */
  formerKeys: z.array(keyForm).max(10).default([]),
  region: z.string().regex(/^[a-z0-9-]{1,50}$/),
  /** Such as a VPC endpoint. The usual one of the region when left out. */
  endpoint: z.string().optional(),
  /** When left out, the client looks for them as AWS's own tools do: role, profile, environment. */
  credentials: z
    .strictObject({ accessKeyId: z.string(), secretAccessKey: z.string(), sessionToken: z.string().optional() })
    .optional(),
  limits: remoteLimits.prefault({}),
})
export type AwsOptions = z.input<typeof form>

/**
 * The root key in AWS KMS. The encryption context is the SHA-256 of ours: AWS writes it into CloudTrail in the clear.
 * @throws kms.no_client, kms.bad_options, kms.forbidden, kms.key_missing, kms.key_disabled, kms.key_destroyed
 */
export async function awsRootKey(options: AwsOptions, clock: Clock): Promise<RootKey> {
  const { key, formerKeys, region, endpoint, credentials, limits } = readOptions(form, options)
  if (endpoint !== undefined) serviceAddress(endpoint)
  const kms = await loadClient('@aws-sdk/client-kms', () => import('@aws-sdk/client-kms'))
  const client = new kms.KMSClient({
    region,
    // Tries, pauses and bounds are ours, so that all providers keep the same ones.
    maxAttempts: 1,
    requestHandler: boundedHandler(),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials: withoutAbsent(credentials) }),
  })
  const service: Service = {
    uri: () => `awskms:${key}`,
    async wrap(plain, context, abortSignal) {
      const command = new kms.EncryptCommand({ KeyId: key, Plaintext: plain, EncryptionContext: bound(context) })
      return outcomeOf(clock, async () => (await client.send(command, { abortSignal })).CiphertextBlob)
    },
    async unwrap(wrapped, context, abortSignal) {
      // The key is named, so that no key of somebody else's account is used because the wrapped bytes ask for it.
      let last: Outcome<Buffer> = { refusal: refuse.denied(), again: false }
      for (const KeyId of [key, ...formerKeys]) {
        const command = new kms.DecryptCommand({ KeyId, CiphertextBlob: wrapped, EncryptionContext: bound(context) })
        last = await outcomeOf(clock, async () => (await client.send(command, { abortSignal })).Plaintext)
        if ('value' in last || last.again || last.refusal.code !== 'kms.denied') return last
      }
      return last
    },
  }
  return serviceRootKey(clock, limits, service)
}

function bound(context: Buffer): Record<string, string> {
  return { upheld: createHash('sha256').update(context).digest('hex') }
}

async function outcomeOf(clock: Clock, send: () => Promise<Uint8Array | undefined>): Promise<Outcome<Buffer>> {
  try {
    const bytes = await send()
    if (bytes !== undefined && bytes.length > 0) return { value: Buffer.from(bytes) }
    return { refusal: refuse.bad_answer({ detail: 'An answer of another form.' }), again: true }
  } catch (thrown) {
    return refusalOf(thrown, clock)
  }
}

/** What the client needs to know of a request: https://smithy.io/2.0 calls it HttpRequest. */
interface ClientRequest {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string | Uint8Array
}

/** The client's own handler reads an answer of any length. */
function boundedHandler(): object {
  const wire = openWire()
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: ClientRequest, options: { readonly abortSignal?: AbortSignal } = {}) {
      const { protocol, hostname, port, path, method, headers, body } = request
      const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`)
      const question = { url, method, headers, ...(body === undefined ? {} : { body }) }
      const answer = await wire.ask(question, options.abortSignal ?? AbortSignal.timeout(30_000))
      if ('broken' in answer) throw wireFailure(answer)
      const flat = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)])
      return {
        response: { statusCode: answer.status, headers: Object.fromEntries(flat), body: Readable.from([answer.body]) },
      }
    },
  }
}

function withoutAbsent(credentials: {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
}): { accessKeyId: string; secretAccessKey: string; sessionToken?: string } {
  const { sessionToken, ...rest } = credentials
  return sessionToken === undefined ? rest : { ...rest, sessionToken }
}
