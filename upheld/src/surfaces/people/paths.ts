/** Addresses of the pages. Those that links in mails lead to are the defaults of guards/identity. */
export const paths = Object.freeze({
  signIn: '/sign-in',
  second: '/sign-in/second',
  secondOptions: '/sign-in/second/passkey',
  passkey: '/sign-in/passkey',
  passkeyOptions: '/sign-in/passkey/options',
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
})

export type Path = (typeof paths)[keyof typeof paths]

/** A path of this site to go on to; the home where it is none. `//host` and `/\host` lead elsewhere in a browser. */
export function onward(given: string | undefined, home: `/${string}`): `/${string}` {
  const plain = given !== undefined && /^\/(?![/\\])[\w\-./?=&%~]{0,300}$/.test(given)
  return plain ? `/${given.slice(1)}` : home
}
