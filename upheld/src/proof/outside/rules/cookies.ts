import { sameCookies, type Cookie } from '../cookie.ts'
import { quoted } from '../seen.ts'
import { ruleOn, type OutsideHit, type OutsideRule } from '../rule.ts'
import type { Answer } from '../wire/request.ts'

const claim = 'headers.graded'

/** A heuristic by name, for the degree of danger alone: each fault is told whatever the name. */
const opensAccount = /sess|sid\b|sid$|auth|token|jwt|login|remember|identity|account/i
const meantForScripts = /csrf|xsrf/i

function isSession({ name }: Cookie): boolean {
  return opensAccount.test(name) && !meantForScripts.test(name)
}

function hit(cookie: Cookie, saw: string, mend: string): OutsideHit {
  return { place: { kind: 'cookie', label: quoted(cookie.name, 80) }, saw, mend: [mend] }
}

function eachCookie(judge: (cookie: Cookie) => Iterable<OutsideHit>) {
  return function* check(answers: readonly Answer[]): Iterable<OutsideHit> {
    for (const cookie of sameCookies(answers)) yield* judge(cookie)
  }
}

export const cookieRules: readonly OutsideRule[] = [
  ruleOn('answers', {
    id: 'cookies.secure',
    claim,
    severity: 'medium',
    title: 'A cookie travels over plain HTTP too',
    why: 'Whoever shares the network makes the browser ask once over plain HTTP, and reads the cookie: a session can be taken over.',
    check: eachCookie(function* (cookie) {
      if (cookie.secure) return
      const saw = cookie.overTls ? 'It has no Secure.' : 'It was set over plain HTTP, without Secure.'
      yield { ...hit(cookie, saw, 'Set it with Secure.'), ...(isSession(cookie) ? { severity: 'high' } : {}) }
    }),
  }),
  ruleOn('answers', {
    id: 'cookies.http-only',
    claim,
    severity: 'low',
    title: 'A script can read a cookie',
    why: 'A script that is smuggled into the page sends the cookie away, and somebody else goes on with the session.',
    check: eachCookie(function* (cookie) {
      if (cookie.httpOnly || meantForScripts.test(cookie.name)) return
      const saw = 'It has no HttpOnly.'
      yield { ...hit(cookie, saw, 'Set it with HttpOnly.'), ...(isSession(cookie) ? { severity: 'medium' } : {}) }
    }),
  }),
  ruleOn('answers', {
    id: 'cookies.same-site',
    claim,
    severity: 'low',
    title: 'A cookie goes along with requests that other sites make',
    why: 'A foreign page makes the browser send a request in the name of whoever is signed in.',
    check: eachCookie(function* (cookie) {
      const value = cookie.sameSite?.toLowerCase()
      const graver = isSession(cookie) ? ({ severity: 'medium' } as const) : {}
      const mend = 'Set it with SameSite=Lax, or Strict.'
      if (value === undefined)
        yield { ...hit(cookie, 'It has no SameSite; browsers differ in what they do then.', mend), ...graver }
      else if (value === 'none')
        yield { ...hit(cookie, 'It says SameSite=None: every site may send it.', mend), ...graver }
      else if (value !== 'lax' && value !== 'strict')
        yield { ...hit(cookie, `It says SameSite=${quoted(value, 40)}, which nobody understands.`, mend), ...graver }
    }),
  }),
  ruleOn('answers', {
    id: 'cookies.prefix',
    claim,
    severity: 'low',
    title: 'A session cookie can be overwritten from a neighboring host, or its prefix does not hold',
    why: 'Whoever holds any subdomain can plant a session of theirs in a browser. The prefix __Host- makes the browser refuse it.',
    check: eachCookie(function* (cookie) {
      const lower = cookie.name.toLowerCase()
      const host = lower.startsWith('__host-')
      if (host && (!cookie.secure || cookie.path !== '/' || cookie.domain !== undefined)) {
        const saw = 'Its prefix __Host- demands Secure, Path=/ and no Domain: browsers throw it away.'
        yield { ...hit(cookie, saw, 'Set it with Secure and Path=/, and without Domain.'), severity: 'medium' }
      } else if (lower.startsWith('__secure-') && !cookie.secure) {
        const saw = 'Its prefix __Secure- demands Secure: browsers throw it away.'
        yield { ...hit(cookie, saw, 'Set it with Secure.'), severity: 'medium' }
      } else if (!host && isSession(cookie)) {
        const saw =
          cookie.domain === undefined
            ? 'Its name does not begin with __Host-.'
            : 'It is valid for a whole domain (Domain is set).'
        yield hit(
          cookie,
          saw,
          `Call it __Host-${/^[\w-]{1,60}$/.test(cookie.name) ? cookie.name : 'session'}, with Secure, Path=/ and no Domain.`,
        )
      }
    }),
  }),
]
