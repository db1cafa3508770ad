import type { AccessSet } from '../access/index.ts'
import type { Method, VerifiedSession } from './port.ts'

/**
 * Every way to a session, and the most that it proves (ASVS 6.1.3 and 6.3.4). The list is closed: a session cannot begin
 * in another way. A link by mail as a way in is not offered: a mailbox is not a factor (ASVS 6.3.6).
 */
export const waysIn = Object.freeze({
  'sign-up': { says: 'the link of a sign-up, and the password that was chosen', methods: ['mail', 'password'] },
  password: { says: 'address and password', methods: ['password'] },
  second: { says: 'a second factor, after one of the ways that prove less', methods: ['totp', 'passkey', 'recovery'] },
  passkey: { says: 'a passkey that verified its user, alone', methods: ['passkey'] },
  reset: { says: 'the link of a new password', methods: ['mail'] },
  sso: { says: 'the provider of an organization', methods: ['sso'] },
  'sso-mfa': {
    says: 'the provider of an organization, which says that it asked for a second factor',
    methods: ['sso-mfa'],
  },
} as const satisfies Readonly<Record<string, { readonly says: string; readonly methods: readonly Method[] }>>)
export type WayIn = keyof typeof waysIn

const firsts: readonly Method[] = ['password', 'mail', 'sso']
const seconds: readonly Method[] = ['totp', 'recovery', 'passkey']
const whole: readonly Method[] = ['passkey', 'sso-mfa']

/**
 * How much was proven: 2 for a passkey, for what a provider calls multi-factor, and for a first factor with a second one.
 * Everything else, and whatever this list does not know, is 1.
 */
export function strengthOf(methods: readonly string[]): 1 | 2 {
  const has = (some: readonly string[]): boolean => methods.some(method => some.includes(method))
  return has(whole) || (has(firsts) && has(seconds)) ? 2 : 1
}

/** Who must have proven more than one factor in an organization: members who may do something privileged, or all. */
export type SecondFactorRule = 'privileged' | 'everybody'

/** Whether this session is enough for this member here. Whichever way made it: nothing but its methods is asked. */
export function isEnough(session: VerifiedSession, set: AccessSet, rule: SecondFactorRule): boolean {
  if (strengthOf(session.methods) === 2) return true
  const privileged = set.privileged || set.roles.includes('owner') || set.roles.includes('admin')
  return rule === 'privileged' && !privileged
}

/**
 * What the operator asks of people who work for it, on top of what an organization asks: true when this session will do.
 * Told the person and the session; asked each time that a session enters an organization.
 */
export type StaffPolicy = (session: VerifiedSession) => boolean

/** Nobody is staff until somebody says so. */
export const noStaff: StaffPolicy = () => true
