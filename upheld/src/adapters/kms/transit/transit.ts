import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Clock } from '../../../core/clock.ts'
import type { RootKey } from '../../../foundation/vault/index.ts'
import { refuse } from '../errors.ts'
import { openWire, retryAfterMs, serviceAddress, type Answer, type Broken } from '../exchange.ts'
import { remoteLimits, type Outcome } from '../remote.ts'
import { fromBase64, readOptions, serviceRootKey, type Service } from '../service.ts'
import { readToken } from './token.ts'

const pathForm = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/)
const form = z.strictObject({
  /** Such as https://vault.internal:8200. Plain http for an agent on this machine only. */
  address: z.string(),
  mount: pathForm.default('transit'),
  key: z.string().regex(/^\w[\w.-]{0,199}$/),
  namespace: pathForm.optional(),
  tokenFile: z.string().min(1),
  /** Certificates in PEM that are trusted instead of the usual ones. */
  caFile: z.string().min(1).optional(),
  limits: remoteLimits.prefault({}),
})
export type TransitOptions = z.input<typeof form>

const wrapForm = z.object({ data: z.object({ ciphertext: z.string().max(4000) }) })
const unwrapForm = z.object({ data: z.object({ plaintext: z.string().max(4000) }) })
const errorForm = z.object({ errors: z.array(z.string()) })
const ciphertextForm = /^vault:v([1-9]\d{0,8}):([A-Za-z0-9+/]+={0,2})$/

/**
 * The root key in the Transit engine of Vault or OpenBao. The context goes as `context`, which a derived key is derived
 * with, and as `associated_data`, which every AEAD key binds. Transit's own rewrap sends neither (it refuses what was
 * bound), so keys are rewrapped by unwrapping and wrapping.
 * @throws kms.bad_options, kms.forbidden, kms.key_missing, kms.bad_answer
 */
export async function transitRootKey(options: TransitOptions, clock: Clock): Promise<RootKey> {
  const { address, mount, key, namespace, tokenFile, caFile, limits } = readOptions(form, options)
  const base = serviceAddress(address)
  readToken(tokenFile)
  const wire = openWire(caFile === undefined ? undefined : readCertificates(caFile))
  let newest: number | undefined
  async function ask(verb: string, body: object, signal: AbortSignal): Promise<Answer | Broken> {
    const url = new URL(`${base.pathname.replace(/\/$/, '')}/v1/${mount}/${verb}/${key}`, base)
    const headers = {
      'content-type': 'application/json',
      'x-vault-request': 'true',
      'x-vault-token': readToken(tokenFile),
      ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
    }
    return wire.ask({ url, method: 'POST', headers, body: JSON.stringify(body) }, signal)
  }
  const service: Service = {
    uri: () => `transit:${mount}/${key}${newest === undefined ? '' : `#${newest}`}`,
    async wrap(plain, context, signal) {
      const answer = await ask('encrypt', { plaintext: plain.toString('base64'), ...bound(context) }, signal)
      const outcome = judge(answer, wrapForm, clock, 'wrap')
      if (!('value' in outcome)) return outcome
      const { ciphertext } = outcome.value.data
      const version = Number(ciphertextForm.exec(ciphertext)?.[1])
      if (Number.isNaN(version)) return garbage('A ciphertext of another form.')
      newest = Math.max(newest ?? 0, version)
      return { value: Buffer.from(ciphertext, 'ascii') }
    },
    async unwrap(wrapped, context, signal) {
      const ciphertext = wrapped.toString('latin1')
      // One text for one ciphertext: what a decoder would overlook is a change all the same.
      const written = ciphertextForm.exec(ciphertext)?.[2]
      if (fromBase64(written ?? '') === undefined) return { refusal: refuse.denied(), again: false }
      const answer = await ask('decrypt', { ciphertext, ...bound(context) }, signal)
      const outcome = judge(answer, unwrapForm, clock, 'unwrap')
      if (!('value' in outcome)) return outcome
      const plain = fromBase64(outcome.value.data.plaintext)
      return plain === undefined ? garbage('A plaintext that is no base64.') : { value: plain }
    },
  }
  return serviceRootKey(clock, limits, service)
}

function bound(context: Buffer): object {
  const text = context.toString('base64')
  return { context: text, associated_data: text }
}

function judge<T>(answer: Answer | Broken, wanted: z.ZodType<T>, clock: Clock, did: 'wrap' | 'unwrap'): Outcome<T> {
  if ('broken' in answer) {
    if (answer.garbage) return garbage(answer.broken)
    return { refusal: refuse.unreachable({ detail: answer.broken }), again: true }
  }
  const value = asJson(answer.body)
  if (answer.status === 200) {
    const parsed = wanted.safeParse(value)
    return parsed.success ? { value: parsed.data } : garbage('An answer of another form.')
  }
  const known = refusalOf(answer, errorForm.safeParse(value).data?.errors.join(' '), clock)
  if (known !== undefined) return known
  const detail = `It answered ${answer.status}.`
  return { refusal: did === 'wrap' ? refuse.bad_options({ detail }) : refuse.denied({ detail }), again: false }
}

/** Texts of Vault and OpenBao are matched, and never repeated: they can hold what was asked. */
function refusalOf({ status, headers }: Answer, text: string | undefined, clock: Clock): Outcome<never> | undefined {
  const detail = `It answered ${status}.`
  const afterMs = retryAfterMs(headers, clock.now())
  const after = afterMs === undefined ? {} : { afterMs }
  if (status === 429) return { refusal: refuse.throttled({ detail }), again: true, ...after }
  // 503 is sealed or starting, 472 and 473 a standby, 412 a follower that has not heard of the token yet.
  if (status >= 500 || [412, 472, 473].includes(status)) {
    return { refusal: refuse.unreachable({ detail }), again: true, ...after }
  }
  if (text === undefined) return garbage(detail)
  if (status === 403) return { refusal: refuse.forbidden({ detail }), again: false }
  if (status === 404 || text.includes('encryption key not found'))
    return { refusal: refuse.key_missing(), again: false }
  if (text.includes('disallowed by policy (too old)')) {
    return {
      refusal: refuse.key_disabled({ detail: 'min_decryption_version is above the version that wrapped this key.' }),
      again: false,
    }
  }
  return undefined
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

function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw refuse.bad_options({ detail: `The certificates in ${path} cannot be read.`, cause })
  }
}
