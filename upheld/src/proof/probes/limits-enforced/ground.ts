import { randomUUID } from 'node:crypto'
import { systemClock } from '../../../core/clock.ts'
import type { DeclaredRoute } from '../../../routes.ts'
import { cannotProbe, siteOf, type Report, type World } from '../../claims/index.ts'
import type { Answer } from '../isolation-routes/wire.ts'
import type { Browser, Street } from '../people/browser.ts'
import type { Crowd } from '../people/crowd.ts'

/** What every attack on the identity routes has at hand. */
export interface Ground {
  readonly report: Report
  readonly crowd: Crowd
  readonly street: Pick<Street, 'origin' | 'site'>
  readonly signal: AbortSignal
  /** Every page and program of people; not those of the application. */
  readonly routes: readonly DeclaredRoute[]
  /** An owner of an organization, signed in: what they send reaches the pages. */
  readonly inside: Browser
  /** Of their forms. */
  readonly formToken: string
  /** Where force is not used: somebody else may be signing in. */
  readonly gentle: boolean
}

export async function groundOf(world: World, report: Report, crowd: Crowd): Promise<Ground> {
  const street = { origin: await world.origin(), site: await siteOf(world) }
  const { personId } = await crowd.member('owner', { roles: ['owner'] })
  const proof = { personId, methods: ['sso-mfa'], way: 'sso-mfa', provenAt: systemClock.now() } as const
  const arrival = await crowd.people.identity.arrive(proof, { address: '127.0.0.1', agent: 'a probe' })
  if (arrival.needs !== 'nothing') throw cannotProbe('What a provider calls multi-factor is none here.')
  const inside = crowd.browser()
  inside.setCookie('session', arrival.token)
  inside.setCookie('organization', crowd.house)
  const [, formToken] = /name="form_token" value="([^"]+)"/.exec((await inside.get('/account')).body) ?? []
  if (formToken === undefined) throw cannotProbe('The pages of an account have no form.')
  const { routes } = crowd.people.site
  const gentle = world.place === 'live'
  return { report, crowd, street, signal: report.signal, routes, inside, formToken, gentle }
}

export function nameOf({ method, path }: DeclaredRoute): string {
  return `${method} ${path}`
}

/** With something in the place of each `:name` that nobody has. */
export function filled({ path }: DeclaredRoute): string {
  return path.replaceAll(/:\w+/g, () => randomUUID()).replace('*', 'none')
}

export function isForm({ method, json }: DeclaredRoute): boolean {
  return method === 'POST' && json === undefined
}

/** One request of a browser; what it is answered with changes nothing for the next. */
export async function aside(browser: Browser, work: (once: Browser) => Promise<Answer>): Promise<Answer> {
  const once = browser.copy()
  try {
    return await work(once)
  } finally {
    once.close()
  }
}

/** Something that is sent to one route, by whoever is inside. */
export function send(
  { inside, street }: Ground,
  route: DeclaredRoute,
  body: string,
  type = 'application/x-www-form-urlencoded',
): Promise<Answer> {
  const headers = { 'content-type': type, origin: street.site }
  return aside(inside, once => once.ask(route.method, filled(route), { headers, body }))
}

/** A refusal is one of ours, with words: never a failure, and never as if nothing had been the matter. */
export function judgeRefusal(
  ground: Ground,
  attack: string,
  where: string,
  answer: Pick<Answer, 'status' | 'body'>,
): void {
  const { status, body } = answer
  if (status >= 400 && status < 500 && body !== '') ground.report.observe(attack, where)
  else ground.report.refute({ attack, where, saw: `status ${status}${body === '' ? ' without a word' : ''}` })
}

/** Anything but a failure: what is odd and small may be refused, or mean nothing. */
export function judgeSteady(ground: Ground, attack: string, where: string, { status }: Pick<Answer, 'status'>): void {
  if (status < 500 && status !== 0) ground.report.observe(attack, where)
  else ground.report.refute({ attack, where, saw: `status ${status}` })
}

/** So long a page may take beside an attack, or twenty times as long as just before it; but less than a form that never ends. */
const answerMs = { least: 8_000, times: 20, most: 25_000 } as const
/** @throws claims.cannot_probe on a machine that is too slow to tell what an attack does */
export async function patience({ crowd }: Pick<Ground, 'crowd'>): Promise<number> {
  const { tookMs } = await crowd.browser().get('/sign-in')
  const wantedMs = answerMs.times * tookMs
  if (wantedMs > answerMs.most) throw cannotProbe(`A page takes ${Math.round(tookMs)} ms before anybody attacks.`)
  return Math.max(answerMs.least, wantedMs)
}
