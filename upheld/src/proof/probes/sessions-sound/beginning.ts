import { randomBytes } from 'node:crypto'
import { cannotProbe, siteOf } from '../../claims/index.ts'
import type { Answer } from '../isolation-routes/wire.ts'
import { mustBeOver, mustOpen, opens, tell, type Ground } from './ground.ts'

/** How sessions begin: what the browser is told, and that nobody chooses a token for somebody else. */
export async function attackBeginning(ground: Ground): Promise<void> {
  await lookAtCookies(ground)
  await fixate(ground)
  await proveAgain(ground)
}

const where = 'the cookie of a session'

/** RFC 6265bis: out of reach for scripts, for other sites, for sibling hosts. Wherever one is given, not at the sign-in alone. */
async function lookAtCookies(ground: Ground): Promise<void> {
  const { crowd, report, somebody, password, tokenOf } = ground
  const { email } = await somebody('cookies')
  const browser = crowd.browser()
  await lookAtCookie(ground, await browser.send('/sign-in', { email, password }), 'a sign-in')
  const token = tokenOf(browser)
  const random = /^[A-Za-z0-9_-]{43,}$/.test(token) && new Set(token).size > 15
  tell(report, 'look at its token', where, random ? undefined : 'it is shorter than 256 random bits')
  const kept = await browser.get('/account')
  const stored = /(^|[\s,])no-store([\s,]|$)/.test(kept.headers['cache-control'] ?? '')
  tell(report, 'look for the page in a cache', 'the pages inside', stored ? undefined : 'it may be kept')
  const inPage = kept.body.includes(token)
  tell(report, 'look for the token on a page', 'the pages inside', inPage ? 'it stands there' : undefined)
  await lookAtCookie(ground, await browser.send('/account/confirm', { password }), 'a fresh proof')
  const next = `${password} once more`
  await lookAtCookie(
    ground,
    await browser.send('/account/password', { old: password, password: next }),
    'a new password',
  )
  tokenOf(browser)
}

async function lookAtCookie({ world, report }: Ground, answer: Answer, given: string): Promise<void> {
  const line = linesOf(answer).find(one => /^(__Host-)?session=/.test(one))
  if (line === undefined) throw cannotProbe(`There is no cookie of a session with ${given}: status ${answer.status}.`)
  const [, ...rest] = line.split(';').map(part => part.trim())
  const has = (attribute: RegExp): boolean => rest.some(one => attribute.test(one))
  const https = (await siteOf(world)).startsWith('https:')
  const wanted: readonly (readonly [what: string, there: boolean])[] = [
    ['HttpOnly', has(/^HttpOnly$/i)],
    ['SameSite', has(/^SameSite=(Lax|Strict)$/i)],
    ['Path=/', has(/^Path=\/$/i)],
    ['no Domain', !has(/^Domain=/i)],
    ['__Host- and Secure over https', !https || (line.startsWith('__Host-') && has(/^Secure$/i))],
  ]
  for (const [what, there] of wanted)
    tell(report, `look for ${what}`, `${where}, with ${given}`, there ? undefined : 'it is not there')
}

function linesOf({ headers }: Answer): readonly string[] {
  return (headers['set-cookie'] ?? '').split('\n').filter(line => line !== '')
}

/** A token that was there before is not the one after: neither somebody else’s, nor one’s own. */
async function fixate(ground: Ground): Promise<void> {
  const { crowd, somebody, signIn, tokenOf, report } = ground
  const one = await somebody('fixated')
  const chosen = randomBytes(32).toString('base64url')
  const browser = crowd.browser()
  browser.setCookie('session', chosen)
  await signIn(one, browser)
  const first = tokenOf(browser)
  const place = 'a sign-in'
  tell(report, 'choose the token of somebody', place, first === chosen ? 'the chosen one was taken' : undefined)
  await mustBeOver(ground, chosen, 'use the token that was chosen', place)
  await mustOpen(browser, 'A session that has just begun')
  await signIn(one, browser)
  const second = tokenOf(browser)
  tell(report, 'keep a token over a sign-in', place, second === first ? 'the same token' : undefined)
  await mustBeOver(ground, first, 'use the token of before', place)
  await mustOpen(browser, 'A session that has just begun')
}

async function proveAgain(ground: Ground): Promise<void> {
  const { somebody, signIn, tokenOf, password, report } = ground
  const browser = await signIn(await somebody('proving'))
  const before = tokenOf(browser)
  await mustOpen(browser, 'A session')
  const { status } = await browser.send('/account/confirm', { password })
  if (status !== 303 || !(await opens(browser))) throw cannotProbe(`A fresh proof was answered with ${status}.`)
  const place = 'a fresh proof'
  tell(report, 'keep a token over a proof', place, tokenOf(browser) === before ? 'the same token' : undefined)
  await mustBeOver(ground, before, 'use the token of before', place)
}
