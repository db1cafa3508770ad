import { UpheldError } from '../../../core/errors.ts'
import { refuse } from '../errors.ts'
import type { Outcome } from '../remote.ts'

const known: Readonly<Record<string, [keyof typeof refuse, boolean]>> = {
  CKR_ENCRYPTED_DATA_INVALID: ['denied', false],
  CKR_ENCRYPTED_DATA_LEN_RANGE: ['denied', false],
  CKR_AEAD_DECRYPT_FAILED: ['denied', false],
  CKR_SIGNATURE_INVALID: ['denied', false],
  CKR_PIN_INCORRECT: ['forbidden', false],
  CKR_PIN_INVALID: ['forbidden', false],
  CKR_PIN_LEN_RANGE: ['forbidden', false],
  CKR_PIN_LOCKED: ['forbidden', false],
  CKR_PIN_EXPIRED: ['forbidden', false],
  CKR_USER_PIN_NOT_INITIALIZED: ['forbidden', false],
  CKR_KEY_FUNCTION_NOT_PERMITTED: ['forbidden', false],
  CKR_MECHANISM_INVALID: ['bad_options', false],
  CKR_MECHANISM_PARAM_INVALID: ['bad_options', false],
  CKR_KEY_HANDLE_INVALID: ['key_missing', false],
  CKR_SESSION_COUNT: ['throttled', true],
  CKR_HOST_MEMORY: ['throttled', true],
}

/** What a module of PKCS#11 says, without its texts. Whatever is not known is taken for a device that is away. */
export function refusalOf(thrown: unknown): Outcome<never> {
  if (thrown instanceof UpheldError) return { refusal: thrown, again: false }
  const code = nameOf(thrown)
  const [entry, again] = known[code] ?? (['unreachable', true] as const)
  return { refusal: refuse[entry]({ detail: `The module said ${code}.` }), again }
}

/** Such as CKR_PIN_INCORRECT. */
export function nameOf(thrown: unknown): string {
  return /\bCKR_[A-Z0-9_]+/.exec(thrown instanceof Error ? thrown.message : '')?.[0] ?? 'nothing that is known'
}
