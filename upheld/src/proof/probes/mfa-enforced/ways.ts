import { cannotProbe } from '../../claims/index.ts'
import { ledTo, type Browser } from '../people/browser.ts'
import type { Somebody } from '../people/crowd.ts'
import {
  enrolled,
  enterPassword,
  filled,
  isInside,
  moreProof,
  mustAnswer,
  newcomer,
  plainRoles,
  strongToken,
  type Ground,
} from './ground.ts'
import { mustEnter, walkClosed } from './walk.ts'

/** One way to a session that proves one factor, for an administrator of the house who has no second one. */
interface Way {
  readonly name: string
  arrive(ground: Ground): Promise<Browser>
}

const from = { address: '127.0.0.1', agent: 'a probe' } as const

/** Every way in that there is without a second factor (R13). */
const ways: readonly Way[] = [
  {
    name: 'by address and password',
    async arrive(ground) {
      const browser = ground.crowd.browser()
      await enterPassword(ground, browser, await newcomer(ground, ['admin']))
      return browser
    },
  },
  {
    name: 'by the link for a new password',
    async arrive(ground) {
      const { email } = await newcomer(ground, ['admin'])
      return reset(ground, email)
    },
  },
  {
    name: 'by the link of a sign-up, made a member afterwards',
    async arrive(ground) {
      const { browser, name } = await signedUp(ground)
      await ground.crowd.member(name, { roles: ['admin'] })
      return browser
    },
  },
  {
    name: 'by the link of an invitation',
    async arrive(ground) {
      const { browser, email } = await signedUp(ground)
      await invited(ground, browser, email)
      return browser
    },
  },
  {
    name: 'by the provider of the organization, which asked for one factor',
    async arrive(ground) {
      const { crowd } = ground
      const { personId } = await newcomer(ground, ['admin'])
      const proof = { personId, methods: ['sso'], way: 'sso', organizationId: crowd.house } as const
      const arrival = await crowd.people.identity.arrive(proof, from)
      if (arrival.needs !== 'nothing') throw cannotProbe('Somebody new has a second factor.')
      const browser = crowd.browser()
      browser.setCookie('session', arrival.token)
      return browser
    },
  },
  {
    name: 'by the password, typed once more in an open session',
    async arrive(ground) {
      const browser = ground.crowd.browser()
      await enterPassword(ground, browser, await newcomer(ground, ['admin']))
      await browser.send('/account/confirm', { password: ground.password })
      return browser
    },
  },
]

/** Whichever way an administrator came: without a second factor no page of the organization opens. */
export async function attackByWays(ground: Ground): Promise<void> {
  const strong = ground.crowd.browser()
  strong.setCookie('session', await strongToken(ground, await newcomer(ground, ['owner'])))
  await mustEnter(ground, strong)
  ground.report.population('ways to a session', ways.length)
  for (const way of ways) {
    const browser = await way.arrive(ground)
    if (!isInside(browser)) throw cannotProbe(`There is no session ${way.name}.`)
    await walkClosed(ground, browser, `an administrator without a second factor, ${way.name}`)
  }
}

/** Whoever has a second factor is asked for it on every way: a mailbox and a provider stand for none. */
export async function attackBySkipping(ground: Ground): Promise<void> {
  const { crowd, report } = ground
  const { who } = await enrolled(ground, await newcomer(ground, ['admin']))
  const browser = await reset(ground, who.email)
  const attack = 'a link for a new password in the place of the second factor'
  if (isInside(browser)) report.refute({ attack, where: 'POST /reset', saw: 'a session' })
  else report.observe(attack, 'POST /reset')
  const proof = { personId: who.personId, methods: ['sso'], way: 'sso' } as const
  const arrival = await crowd.people.identity.arrive(proof, from)
  const vouched = 'the word of a provider in the place of the second factor'
  if (arrival.needs === 'nothing') report.refute({ attack: vouched, where: 'a provider', saw: 'a session' })
  else report.observe(vouched, 'a provider')
}

/** What an organization asks of everybody holds for whoever may do least, and nothing else changes for them. */
export async function attackByRule(ground: Ground): Promise<void> {
  const { crowd, report } = ground
  const { identity } = crowd.people
  const browser = crowd.browser()
  await enterPassword(ground, browser, await newcomer(ground, plainRoles(ground)))
  const plain = plainRoles(ground)[0] ?? 'no role'
  const pages = ground.closed.filter(({ roles, method }) => method === 'GET' && roles.includes(plain))
  const led = async (): Promise<readonly boolean[]> => {
    browser.setCookie('organization', crowd.house)
    const found: boolean[] = []
    for (const { path } of pages)
      found.push(ledTo(mustAnswer(await browser.get(filled(path)), `GET ${path}`)) === moreProof)
    return found
  }
  if (pages.length === 0 || (await led()).includes(true))
    throw cannotProbe('No page is open to whoever may nothing that is privileged.')
  const entry = await identity.enter(await strongToken(ground, await newcomer(ground, ['owner'])), crowd.house)
  if (entry.needs !== 'nothing') throw cannotProbe('An owner with two factors does not enter.')
  await identity.setSecondFactorRule(entry, 'everybody')
  const attack = 'a member without a second factor, where the organization asks it of everybody'
  for (const [at, is] of (await led()).entries()) {
    const where = `GET ${pages[at]?.path ?? ''}`
    if (is) report.observe(attack, where)
    else report.refute({ attack, where, saw: 'they were not led to a second factor' })
  }
  await identity.setSecondFactorRule(entry, 'privileged')
}

async function reset(ground: Ground, email: string): Promise<Browser> {
  const { crowd, password } = ground
  const browser = crowd.browser()
  await asked(browser, '/forgot', { email })
  await browser.send('/reset', { link: await crowd.linkFor(email), password: `${password} again` })
  return browser
}

async function asked(browser: Browser, path: string, fields: Readonly<Record<string, string>>): Promise<void> {
  const { status } = await browser.send(path, fields)
  if (status !== 303) throw cannotProbe(`POST ${path} was answered with status ${status}.`)
}

let count = 0
async function signedUp({ crowd, password }: Ground) {
  const name = `new-${++count}`
  const email = crowd.addressOf(name)
  const browser = crowd.browser()
  await asked(browser, '/sign-up', { name: `Probe ${name}`, email, password })
  await browser.send('/sign-up/confirm', { link: await crowd.linkFor(email), password })
  if (!isInside(browser)) throw cannotProbe('A sign-up made no session.')
  return { browser, name, email }
}

async function invited(ground: Ground, browser: Browser, email: string): Promise<void> {
  const { crowd } = ground
  const { identity } = crowd.people
  const inviter: Somebody = await newcomer(ground, ['owner'])
  const entry = await identity.enter(await strongToken(ground, inviter), crowd.house)
  if (entry.needs !== 'nothing') throw cannotProbe('An owner with two factors does not enter.')
  await identity.invite(entry, { email, roles: ['admin'] })
  const { status } = await browser.send('/invitation', { link: await crowd.linkFor(email) })
  if (status !== 303) throw cannotProbe(`An invitation was answered with status ${status}.`)
}
