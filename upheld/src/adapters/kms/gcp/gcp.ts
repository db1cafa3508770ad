import { z } from 'zod'
import type { Clock } from '../../../core/clock.ts'
import { UpheldError } from '../../../core/errors.ts'
import type { RootKey } from '../../../foundation/vault/index.ts'
import { refuse } from '../errors.ts'
import { openWire, retryAfterMs, serviceAddress, type Answer, type Broken } from '../exchange.ts'
import { remoteLimits, type Outcome } from '../remote.ts'
import { fromBase64, readOptions, serviceRootKey, type Service } from '../service.ts'
import { crc32c } from './crc32c.ts'
import { tokenSource } from './tokens.ts'

const part = String.raw`[A-Za-z0-9_-]{1,63}`
const keyForm = new RegExp(`^projects/[a-z0-9:.-]{1,100}/locations/${part}/keyRings/${part}/cryptoKeys/${part}$`)
const form = z.strictObject({
  /** projects/…/locations/…/keyRings/…/cryptoKeys/…, of purpose ENCRYPT_DECRYPT. */
  key: z.string().regex(keyForm),
  /** The JSON file of Google's tools. Left out: whatever the machine has, such as the metadata server. */
  credentialsFile: z.string().min(1).optional(),
  endpoint: z.string().default('https://cloudkms.googleapis.com'),
  limits: remoteLimits.prefault({}),
})
export type GcpOptions = z.input<typeof form>

// https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys/encrypt and decrypt.
// An int64 is a string in JSON.
const crcForm = z.union([z.string().regex(/^\d{1,10}$/), z.int()]).transform(Number)
const wrapForm = z.object({
  name: z.string().max(500),
  ciphertext: z.string().max(8000),
  ciphertextCrc32c: crcForm,
  verifiedPlaintextCrc32c: z.literal(true),
  verifiedAdditionalAuthenticatedDataCrc32c: z.literal(true),
})
const unwrapForm = z.object({ plaintext: z.string().max(8000), plaintextCrc32c: crcForm })
const errorForm = z.object({ error: z.object({ status: z.string(), message: z.string().default('') }) })

/**
 * The root key in Google Cloud KMS, over its REST interface; every message carries the CRC-32C of what is in it. Google
 * says by itself which version wrapped a key.
 * @throws kms.no_client, kms.bad_options, kms.forbidden, kms.key_missing, kms.key_disabled, kms.key_destroyed
 */
export async function gcpRootKey(options: GcpOptions, clock: Clock): Promise<RootKey> {
  const { key, credentialsFile, endpoint, limits } = readOptions(form, options)
  const base = serviceAddress(endpoint)
  const token = await tokenSource(credentialsFile)
  const wire = openWire()
  let newest: string | undefined
  async function ask<T>(verb: string, body: object, wanted: z.ZodType<T>, signal: AbortSignal): Promise<Outcome<T>> {
    const bearer = await tokenOutcome(token)
    if (!('value' in bearer)) return bearer
    const headers = { authorization: `Bearer ${bearer.value}`, 'content-type': 'application/json' }
    const url = new URL(`/v1/${key}:${verb}`, base)
    return judge(await wire.ask({ url, method: 'POST', headers, body: JSON.stringify(body) }, signal), wanted, clock)
  }
  const service: Service = {
    uri: () => `gcpkms:${key}${newest === undefined ? '' : `#${newest}`}`,
    async wrap(plain, context, signal) {
      const sent = { plaintext: plain.toString('base64'), plaintextCrc32c: String(crc32c(plain)), ...bound(context) }
      const outcome = await ask('encrypt', sent, wrapForm, signal)
      if (!('value' in outcome)) return outcome
      const { name, ciphertext, ciphertextCrc32c } = outcome.value
      const wrapped = fromBase64(ciphertext)
      const version = /\/cryptoKeyVersions\/(\d+)$/.exec(name)?.[1]
      if (wrapped === undefined || crc32c(wrapped) !== ciphertextCrc32c)
        return garbage('A ciphertext that was changed.')
      if (version === undefined || !name.startsWith(`${key}/`)) return garbage('The name of another key.')
      newest = version
      return { value: wrapped }
    },
    async unwrap(wrapped, context, signal) {
      const sent = {
        ciphertext: wrapped.toString('base64'),
        ciphertextCrc32c: String(crc32c(wrapped)),
        ...bound(context),
      }
      const outcome = await ask('decrypt', sent, unwrapForm, signal)
      if (!('value' in outcome)) return outcome
      const plain = fromBase64(outcome.value.plaintext)
      if (plain === undefined || crc32c(plain) !== outcome.value.plaintextCrc32c) {
        return garbage('A plaintext that was changed.')
      }
      return { value: plain }
    },
  }
  return serviceRootKey(clock, limits, service)
}

function bound(context: Buffer): object {
  return {
    additionalAuthenticatedData: context.toString('base64'),
    additionalAuthenticatedDataCrc32c: String(crc32c(context)),
  }
}

/** What Google's library throws can hold whole requests, so nothing of it is passed on. */
async function tokenOutcome(token: () => Promise<string>): Promise<Outcome<string>> {
  try {
    return { value: await token() }
  } catch (thrown) {
    if (thrown instanceof UpheldError) return { refusal: thrown, again: false }
    const status = thrown instanceof Error && 'status' in thrown ? Number(thrown.status) : Number.NaN
    if (status === 429) return { refusal: refuse.throttled({ detail: 'No token yet.' }), again: true }
    if (status >= 400 && status < 500) {
      return { refusal: refuse.forbidden({ detail: `Google gives no token: ${status}.` }), again: false }
    }
    return { refusal: refuse.unreachable({ detail: 'Whoever gives the tokens does not answer.' }), again: true }
  }
}

function judge<T>(answer: Answer | Broken, wanted: z.ZodType<T>, clock: Clock): Outcome<T> {
  if ('broken' in answer) {
    if (answer.garbage) return garbage(answer.broken)
    return { refusal: refuse.unreachable({ detail: answer.broken }), again: true }
  }
  const value = asJson(answer.body)
  if (answer.status === 200) {
    const parsed = wanted.safeParse(value)
    return parsed.success ? { value: parsed.data } : garbage('An answer of another form.')
  }
  return refusalOf(answer, errorForm.safeParse(value).data?.error, clock)
}

/** https://cloud.google.com/apis/design/errors names the statuses. Texts name projects and accounts: none is repeated. */
function refusalOf(
  { status, headers }: Answer,
  error: { readonly status: string; readonly message: string } | undefined,
  clock: Clock,
): Outcome<never> {
  const detail = `It answered ${status}.`
  const afterMs = retryAfterMs(headers, clock.now())
  const after = afterMs === undefined ? {} : { afterMs }
  if (status === 429) return { refusal: refuse.throttled({ detail }), again: true, ...after }
  if (status >= 500) return { refusal: refuse.unreachable({ detail }), again: true, ...after }
  switch (error?.status) {
    case 'INVALID_ARGUMENT':
      return { refusal: refuse.denied({ detail }), again: false }
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED':
      return { refusal: refuse.forbidden({ detail }), again: false }
    case 'NOT_FOUND':
      return { refusal: refuse.key_missing({ detail }), again: false }
    case 'FAILED_PRECONDITION':
      return /DESTROY/.test(error.message)
        ? { refusal: refuse.key_destroyed({ detail }), again: false }
        : { refusal: refuse.key_disabled({ detail }), again: false }
    default:
      return garbage(detail)
  }
}

function garbage(detail: string): Outcome<never> {
  return { refusal: refuse.bad_answer({ detail }), again: true }
}

function asJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
