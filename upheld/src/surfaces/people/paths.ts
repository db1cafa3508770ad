/** Addresses of the pages. Those that links in mails lead to are the defaults of guards/identity. */
export const paths = Object.freeze({
  signIn: '/sign-in',
  second: '/sign-in/second',
  secondOptions: '/sign-in/second/passkey',
  passkey: '/sign-in/passkey',
  passkeyOptions: '/sign-in/passkey/options',
  sso: '/sign-in/sso',
  ssoGo: '/sign-in/sso/go',
  ssoCallback: '/sign-in/sso/callback',
  ssoUnknown: '/sign-in/sso/unknown',
  ssoLink: '/sign-in/sso/link',
  signUp: '/sign-up',
  signUpSent: '/sign-up/sent',
  signUpConfirm: '/sign-up/confirm',
  forgot: '/forgot',
  forgotSent: '/forgot/sent',
  reset: '/reset',
  signOut: '/sign-out',
  account: '/account',
  password: '/account/password',
  confirm: '/account/confirm',
  confirmOptions: '/account/confirm/passkey',
  addPasskey: '/account/passkeys',
  addPasskeyOptions: '/account/passkeys/options',
  removePasskey: '/account/passkeys/remove',
  totp: '/account/totp',
  totpRemove: '/account/totp/remove',
  recovery: '/account/recovery',
  endSession: '/account/sessions/end',
  endOthers: '/account/sessions/end-others',
  email: '/account/email',
  emailConfirm: '/account/email/confirm',
  emailUndo: '/account/email/undo',
  secondNeeded: '/account/second-factor',
  organizations: '/organizations',
  chooseOrganization: '/organizations/choose',
  leaveOrganization: '/organization/leave',
  invitation: '/invitation',
  members: '/organization/members',
  invitations: '/organization/invitations',
  roles: '/organization/roles',
  rules: '/organization/rules',
  keys: '/organization/keys',
  visitorPages: '/organization/keys/visitors',
  signingIn: '/organization/sign-in',
  providers: '/organization/sign-in/providers',
  domains: '/organization/sign-in/domains',
  directory: '/organization/sign-in/directory',
  support: '/support',
  reviews: '/reviews',
  scim: '/scim/v2',
  visitors: '/visitors',
  assertVisitor: '/visitors/assert',
  renewVisitor: '/visitors/renew',
  staff: '/staff',
})

/**
 * A path of this site to go on to; the home where it is none. `//host` and `/\host` lead elsewhere in a browser. Whoever
 * just came in is not led back to the door: a link that somebody else made would begin another sign-in there, such as one
 * of an organization whose provider is theirs.
 */
export function onward(given: string | undefined, home: `/${string}`): `/${string}` {
  if (given === undefined || !/^\/(?![/\\])[\w\-./?=&%~]{0,300}$/.test(given)) return home
  // As a browser reads it: `/a/../sign-in` is the door as well.
  const { pathname } = new URL(given, 'http://site.invalid')
  const toTheDoor = pathname === paths.signIn || pathname.startsWith(`${paths.signIn}/`)
  return toTheDoor && pathname !== paths.ssoLink ? home : `/${given.slice(1)}`
}
