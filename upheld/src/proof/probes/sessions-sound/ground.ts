import { cannotProbe, type Report, type World } from '../../claims/index.ts'
import { ledTo, type Browser } from '../people/browser.ts'
import { importedHash, type Crowd, type Somebody } from '../people/crowd.ts'

/** One run: people, their browsers, and every token that was given out. */
export interface Ground {
  readonly world: World
  readonly crowd: Crowd
  readonly report: Report
  readonly password: string
  /** All tokens of sessions and devices so far. None of them may stand anywhere. */
  readonly tokens: Set<string>
  /** Somebody new, who is a member and has a password. */
  readonly somebody: (name: string, roles?: readonly string[]) => Promise<Somebody>
  /** Signs in from outside, in a browser of its own or in one that is given. */
  readonly signIn: (one: Somebody, browser?: Browser) => Promise<Browser>
  /** The same in another process, without a password: a session that has proven enough for any organization. */
  readonly begin: (one: Somebody) => Promise<Browser>
  /** A browser that shows this token and nothing else. */
  readonly showing: (token: string) => Browser
  /** The token of a browser's session, noted. */
  readonly tokenOf: (browser: Browser) => string
}

export async function groundOf(world: World, crowd: Crowd, report: Report, password: string): Promise<Ground> {
  // What is imported costs two hashes at the first sign-in. From then on it is taken as it is stored by now.
  let hash = await importedHash(password)
  let upgraded = false
  const tokens = new Set<string>()
  const tokenOf = (browser: Browser): string => {
    const token = browser.cookie('session')
    if (token === undefined) throw cannotProbe('Whoever signed in was given no session.')
    for (const one of [token, browser.cookie('device')]) if (one !== undefined) tokens.add(one)
    return token
  }
  const showing = (token: string): Browser => {
    const browser = crowd.browser()
    browser.setCookie('session', token)
    return browser
  }
  return Object.freeze({
    world,
    crowd,
    report,
    password,
    tokens,
    somebody: (name: string, roles: readonly string[] = []) => crowd.member(name, { hash, roles }),
    async signIn({ email, personId }: Somebody, browser: Browser = crowd.browser()) {
      const answer = await browser.send('/sign-in', { email, password })
      if (answer.status !== 303 || ledTo(answer) === '/sign-in/second')
        throw cannotProbe(`A sign-in with the right password was answered with ${answer.status}.`)
      tokenOf(browser)
      if (!upgraded) hash = await hashOf(crowd, personId)
      upgraded = true
      return browser
    },
    async begin({ personId }: Somebody) {
      const arrived = await crowd.people.identity.arrive({ personId, methods: ['sso-mfa'], way: 'sso-mfa' }, from)
      if (arrived.needs !== 'nothing') throw cannotProbe('Somebody who has proven everything is asked for more.')
      tokens.add(arrived.token)
      return showing(arrived.token)
    },
    showing,
    tokenOf,
  })
}

/** Where another process says that somebody comes from. */
export const from = { address: '127.0.0.1', agent: 'a probe' }

async function hashOf({ login }: Crowd, personId: string): Promise<string> {
  const { rows } = await login.query('select hash from upheld_identity.password where person_id = $1', [personId])
  return String(rows[0]?.['hash'])
}

/**
 * Whether a browser is inside: its account is shown, or it is led to the door. A session that is held to one organization is
 * known, and shown no account. @throws claims.cannot_probe for anything else
 */
export async function opens(browser: Browser): Promise<boolean> {
  const answer = await browser.copy().get('/account')
  if (answer.status === 200 || answer.status === 403) return true
  if (ledTo(answer) === '/sign-in') return false
  throw cannotProbe(`An account was answered with ${answer.status}.`)
}

/** Control: what is to be ended is alive before. */
export async function mustOpen(browser: Browser, what: string): Promise<void> {
  if (!(await opens(browser))) throw cannotProbe(`${what} opens nothing, so that its end would say nothing.`)
}

/** A token that must open nothing any more: neither a page, nor anything that another process asks by it. */
export async function mustBeOver(
  { report, showing, crowd }: Pick<Ground, 'report' | 'showing' | 'crowd'>,
  token: string,
  attack: string,
  where: string,
): Promise<void> {
  const opened = await opens(showing(token))
  const known = !opened && (await crowd.people.identity.verify(token)) !== undefined
  tell(report, attack, where, opened ? 'it opens the account' : known ? 'it is still taken for a session' : undefined)
}

export function tell(report: Report, attack: string, where: string, saw: string | undefined): void {
  if (saw === undefined) report.observe(attack, where)
  else report.refute({ attack, where, saw })
}
