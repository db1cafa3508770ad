import type { Clock } from '../../../core/clock.ts'
import type { UpheldError } from '../../../core/errors.ts'
import { refuse } from '../errors.ts'
import { retryAfterMs, type Broken } from '../exchange.ts'
import type { Outcome } from '../remote.ts'

// https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html and the errors of Encrypt and Decrypt.
const known: Readonly<Record<string, [keyof typeof refuse, boolean]>> = {
  ThrottlingException: ['throttled', true],
  Throttling: ['throttled', true],
  LimitExceededException: ['throttled', true],
  RequestLimitExceeded: ['throttled', true],
  KMSInternalException: ['unreachable', true],
  DependencyTimeoutException: ['unreachable', true],
  KeyUnavailableException: ['unreachable', true],
  ServiceUnavailable: ['unreachable', true],
  ServiceUnavailableException: ['unreachable', true],
  InternalFailure: ['unreachable', true],
  InvalidCiphertextException: ['denied', false],
  IncorrectKeyException: ['denied', false],
  AccessDeniedException: ['forbidden', false],
  UnrecognizedClientException: ['forbidden', false],
  InvalidClientTokenId: ['forbidden', false],
  InvalidSignatureException: ['forbidden', false],
  IncompleteSignature: ['forbidden', false],
  MissingAuthenticationTokenException: ['forbidden', false],
  ExpiredTokenException: ['forbidden', false],
  NotAuthorized: ['forbidden', false],
  OptInRequired: ['forbidden', false],
  CredentialsProviderError: ['forbidden', false],
  NotFoundException: ['key_missing', false],
  DisabledException: ['key_disabled', false],
  InvalidKeyUsageException: ['bad_options', false],
  InvalidGrantTokenException: ['bad_options', false],
  ValidationException: ['bad_options', false],
}
const wireName = 'UpheldWireFailure'

/** What failed on the way, as something that the client lets through. */
export function wireFailure({ broken, garbage }: Broken): Error {
  const failure = new Error(broken)
  failure.name = garbage ? `${wireName}.garbage` : wireName
  return failure
}

/** Texts of AWS can name accounts and roles, so none is repeated. */
export function refusalOf(thrown: unknown, clock: Clock): Outcome<never> {
  const { name, message, status, headers } = factsOf(thrown)
  const detail = status === undefined ? name : `${name}, ${status}.`
  const after = headers === undefined ? undefined : retryAfterMs(headers, clock.now())
  const outcome = (refusal: UpheldError, again: boolean): Outcome<never> => ({
    refusal,
    again,
    ...(after === undefined ? {} : { afterMs: after }),
  })
  if (name === wireName) return outcome(refuse.unreachable({ detail: message }), true)
  if (name === `${wireName}.garbage`) return outcome(refuse.bad_answer({ detail: message }), true)
  if (name === 'KMSInvalidStateException') {
    return /pending ?deletion/i.test(message)
      ? outcome(refuse.key_destroyed({ detail: 'It waits for its deletion.' }), false)
      : outcome(refuse.key_disabled({ detail }), false)
  }
  const [code, again] = known[name] ?? []
  if (code !== undefined && again !== undefined) return outcome(refuse[code]({ detail }), again)
  if (status === 429) return outcome(refuse.throttled({ detail }), true)
  if (status !== undefined && status >= 500) return outcome(refuse.unreachable({ detail }), true)
  if (name === 'AbortError' || name === 'TimeoutError') return outcome(refuse.unreachable({ detail: name }), true)
  return outcome(refuse.bad_answer({ detail }), true)
}

interface Facts {
  readonly name: string
  readonly message: string
  readonly status?: number | undefined
  readonly headers?: Record<string, string> | undefined
}

function factsOf(thrown: unknown): Facts {
  if (!(thrown instanceof Error)) return { name: 'Unknown', message: '' }
  // The shape that every error of the client has: checked as it is taken.
  const { $metadata, $response } = thrown as Error & {
    $metadata?: { httpStatusCode?: number }
    $response?: { statusCode?: number; headers?: Record<string, string> }
  }
  const name = thrown.name.split(/[#:]/).at(-1) ?? thrown.name
  const status = $metadata?.httpStatusCode ?? $response?.statusCode
  return {
    name: thrown.name.startsWith(wireName) ? thrown.name : name,
    message: thrown.message,
    status,
    headers: $response?.headers,
  }
}
