import type { UpheldError } from '../../core/errors.ts'

const newPassword = ['password']

/** Refusals that are about what stands in a field, by their codes, with the names of such fields. */
const fields: Readonly<Record<string, readonly string[]>> = Object.freeze({
  'identity.bad_email': ['email'],
  'identity.email_taken': ['email'],
  'identity.invitation_exists': ['email'],
  'identity.member_already': ['email'],
  'identity.bad_name': ['name'],
  'identity.wrong_credentials': ['password', 'old'],
  'identity.wrong_code': ['totp', 'recovery', 'code'],
  'passwords.too_short': newPassword,
  'passwords.too_long': newPassword,
  'passwords.unreadable': newPassword,
  'passwords.common': newPassword,
  'passwords.repeated': newPassword,
  'passwords.from_context': newPassword,
  'passwords.breached': newPassword,
  'factors.bad_name': ['name'],
  'scim.bad_name': ['name'],
  'domains.bad_domain': ['domain'],
  'sso.provider_unavailable': ['issuer'],
  'sso.provider_unfit': ['issuer'],
  'keys.bad_request': ['origin'],
  'pages.no_provider': ['email'],
})

/** Whether a refusal is about this field of the form that was sent. */
export function aboutField(error: UpheldError | undefined, name: string): boolean {
  return error !== undefined && (fields[error.code] ?? []).includes(name)
}
