import { randomBytes, randomUUID } from 'node:crypto'
import { pause, systemClock } from '../../../core/clock.ts'
import type { DeclaredRoute } from '../../../routes.ts'
import { cannotProbe, type Report, type World } from '../../claims/index.ts'
import type { Answer } from '../isolation-routes/wire.ts'
import { ledTo, type Browser } from '../people/browser.ts'
import { codeAt, leftOfStepMs, seedOf, stepAt } from '../people/codes.ts'
import { importedHash, type Crowd, type Somebody } from '../people/crowd.ts'

/** What every attack on the second factor has at hand. */
export interface Ground {
  readonly world: World
  readonly report: Report
  readonly crowd: Crowd
  /** Of everybody here. */
  readonly password: string
  readonly hash: string
  /** Pages of an organization that an administrator may use, of the house and of the application. */
  readonly closed: readonly DeclaredRoute[]
}

/** Where somebody is led who has to prove more. */
export const moreProof = '/account/second-factor'
const signIn = '/sign-in'
const second = '/sign-in/second'

export async function groundOf(world: World, report: Report, crowd: Crowd): Promise<Ground> {
  const password = `seven boats ${randomBytes(18).toString('base64url')}`
  const declared = world.entrance?.routes.declared ?? crowd.people.site.routes
  const closed = declared.filter(
    ({ roles, path, apart }) => apart !== true && roles !== 'public' && roles.includes('admin') && !path.endsWith('*'),
  )
  return { world, report, crowd, password, hash: await importedHash(password), closed }
}

/** @throws claims.cannot_probe where the service defends itself, or fails: nothing is learned then */
export function mustAnswer(answer: Answer, what: string): Answer {
  if (answer.status === 429 || answer.status >= 500)
    throw cannotProbe(`${what} answered the probe with ${answer.status}.`)
  return answer
}

/** With something in the place of each `:name` that nobody has. */
export function filled(path: string): string {
  return path.replaceAll(/:\w+/g, () => randomUUID())
}

let count = 0
export function newcomer({ crowd, hash }: Ground, roles: readonly string[]): Promise<Somebody> {
  return crowd.member(`mfa-${++count}`, { hash, roles })
}

/** A role that gives nothing privileged, whatever the application calls it; none where each gives something. */
export function plainRoles({ crowd }: Pick<Ground, 'crowd'>): readonly string[] {
  const { permissions, roles } = crowd.people.access
  const plain = Object.keys(roles).filter(
    role => role !== 'owner' && role !== 'admin' && !roles[role]?.some(name => permissions[name]?.privileged === true),
  )
  return plain.slice(0, 1)
}

/** The first factor. True where it opened a session, false where a second one is asked for. */
export async function enterPassword({ password }: Ground, browser: Browser, { email }: Somebody): Promise<boolean> {
  const answer = await browser.send(signIn, { email, password })
  if (isInside(browser)) return true
  if (ledTo(answer) === second && browser.cookie('ticket') !== undefined) return false
  throw cannotProbe(`Somebody with the right password was not let in: status ${answer.status}.`)
}

/** The second one. Whether it opened a session. */
export async function give(browser: Browser, proof: Readonly<Record<string, string>>): Promise<boolean> {
  const { status } = await browser.send(second, proof)
  if (status === 429 || status >= 500) throw cannotProbe(`A second factor was answered with status ${status}.`)
  return isInside(browser)
}

export function isInside(browser: Browser): boolean {
  return browser.cookie('session') !== undefined
}

export interface Enrolled {
  readonly who: Somebody
  /** Signed in, with the app proven. */
  readonly browser: Browser
  readonly seed: Buffer
  /** The seed as it was shown. */
  readonly secret: string
  /** Recovery codes, as they were shown. */
  readonly codes: readonly string[]
}

/** An app, added with the code of the step before: the one of now is still to be used. */
export async function enrolled(ground: Ground, who: Somebody): Promise<Enrolled> {
  const browser = ground.crowd.browser()
  if (!(await enterPassword(ground, browser, who))) throw cannotProbe('Somebody new has a second factor.')
  const { body } = await browser.get('/account/totp')
  const shown = (name: string): string => unescaped(new RegExp(`name="${name}" value="([^"]+)"`).exec(body)?.[1] ?? '')
  const secret = shown('secret')
  const seed = seedOf(secret)
  await calm()
  const code = codeAt(seed, nowStep() - 1)
  const fields = { enrollment: shown('enrollment'), uri: shown('uri'), secret, code }
  const { body: page, status } = await browser.send('/account/totp', fields)
  const codes = codesOn(page)
  if (codes.length === 0) throw cannotProbe(`An app could not be added: status ${status}.`)
  return { who, browser, seed, secret, codes }
}

/** Recovery codes, as a page shows them. */
export function codesOn(page: string): readonly string[] {
  return [...page.matchAll(/<code>([0-9A-Z-]{20,60})<\/code>/g)].map(([, one = '']) => one)
}

export function nowStep(): number {
  return stepAt(systemClock.now().getTime())
}

/** A code of now stays one for a while from here on. */
export async function calm(): Promise<void> {
  const left = leftOfStepMs(systemClock.now().getTime())
  if (left < 4_000) await pause(left + 50)
}

function unescaped(text: string): string {
  return text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'")
}

/** A session of somebody who proved more than one factor, without a browser; as long ago as is said. */
export async function strongToken({ crowd }: Ground, { personId }: Somebody, agoMs = 0): Promise<string> {
  const provenAt = new Date(systemClock.now().getTime() - agoMs)
  const proof = { personId, methods: ['sso-mfa'], way: 'sso-mfa', provenAt } as const
  const arrival = await crowd.people.identity.arrive(proof, { address: '127.0.0.1', agent: 'a probe' })
  if (arrival.needs !== 'nothing') throw cannotProbe('What a provider calls multi-factor is none here.')
  return arrival.token
}
