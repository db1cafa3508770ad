import { cannotProbe } from '../../claims/index.ts'
import { ledTo, type Browser } from '../people/browser.ts'
import { codeAt } from '../people/codes.ts'
import {
  calm,
  codesOn,
  enrolled,
  enterPassword,
  filled,
  give,
  isInside,
  mustAnswer,
  newcomer,
  nowStep,
  type Enrolled,
  type Ground,
} from './ground.ts'

/** Codes of an app, each tried where it must not open anything; the right one in between, so that a refusal says something. */
export async function attackByCodes(ground: Ground): Promise<void> {
  const [one, other] = [
    await enrolled(ground, await newcomer(ground, ['admin'])),
    await enrolled(ground, await newcomer(ground, ['agent'])),
  ]
  const browser = await waiting(ground, one)
  await calm()
  const step = nowStep()
  const refused = async (attack: string, totp: string): Promise<void> => {
    const came = (await give(browser, { totp })) || isInside(browser)
    if (came && nowStep() !== step) throw cannotProbe('A step of the clock ended while its codes were tried.')
    judge(ground, attack, 'a code of an app', came)
  }
  await refused('the code of the next step', codeAt(one.seed, step + 1))
  await refused('the code of another person', codeAt(other.seed, step))
  await refused('a code of ten minutes ago', codeAt(one.seed, step - 20))
  if (!(await give(browser, { totp: codeAt(one.seed, step) }))) throw cannotProbe('A code of now was refused.')
  const again = await waiting(ground, one)
  const replayed = async (attack: string, totp: string): Promise<void> =>
    judge(ground, attack, 'a code of an app', await give(again, { totp }))
  await replayed('a code that was used', codeAt(one.seed, step))
  await replayed('the code of a step before the one that was used', codeAt(one.seed, step - 1))
  await atOnce(ground, other)
}

/** One code, at the same time in several browsers: one of them comes in. */
async function atOnce(ground: Ground, one: Enrolled): Promise<void> {
  const browsers = await Promise.all(Array.from({ length: 4 }, () => waiting(ground, one)))
  await calm()
  const totp = codeAt(one.seed, nowStep())
  await Promise.all(browsers.map(browser => browser.send('/sign-in/second', { totp })))
  const entered = browsers.filter(isInside).length
  if (entered === 0) throw cannotProbe('Of several at once with one code nobody came in.')
  judge(ground, 'one code in four browsers at once', 'a code of an app', entered > 1)
}

/** A recovery code opens once: of twenty at once one, and not a second time, and nobody else's account. */
export async function attackByRecovery(ground: Ground): Promise<void> {
  const one = await enrolled(ground, await newcomer(ground, ['admin']))
  const [recovery = '', spare = ''] = one.codes
  const browsers: Browser[] = []
  for (let wave = 0; wave < 5; wave++)
    browsers.push(...(await Promise.all(Array.from({ length: 4 }, () => waiting(ground, one)))))
  // Whoever is told to wait was not let in either.
  await Promise.all(browsers.map(browser => browser.send('/sign-in/second', { recovery })))
  const entered = browsers.filter(isInside).length
  if (entered === 0) throw cannotProbe('Of twenty at once with one recovery code nobody came in.')
  judge(ground, 'one recovery code in twenty browsers at once', 'a recovery code', entered > 1)
  // In a browser that is known: the others at once count as guesses, and strangers have to wait now.
  const after = await waiting(ground, one, one.browser.copy())
  judge(ground, 'a recovery code that was used', 'a recovery code', await give(after, { recovery }))
  const other = await enrolled(ground, await newcomer(ground, ['agent']))
  const stranger = await waiting(ground, other)
  judge(ground, 'the recovery code of another person', 'a recovery code', await give(stranger, { recovery: spare }))
  const [fresh] = codesOn((await other.browser.send('/account/recovery', {})).body)
  if (fresh === undefined) throw cannotProbe('There are no new recovery codes.')
  const [old = ''] = other.codes
  // With the list whatever waited for a code is void.
  const late = await waiting(ground, other)
  judge(ground, 'a recovery code of a list that was made anew', 'a recovery code', await give(late, { recovery: old }))
  if (!(await give(late, { recovery: fresh }))) throw cannotProbe('A recovery code of a new list was refused.')
}

/** Between the two factors nothing is open: the ticket is none of a session, whatever it is called (R2). */
export async function attackByTicket(ground: Ground): Promise<void> {
  const one = await enrolled(ground, await newcomer(ground, ['admin']))
  const browser = await waiting(ground, one)
  const ticket = browser.cookie('ticket') ?? ''
  const secrets = new Set([ticket, ...ticket.split('.')])
  for (const session of [undefined, ...secrets]) {
    const thief = browser.copy()
    thief.setCookie('session', session)
    for (const path of [
      '/account',
      ...ground.closed.filter(({ method }) => method === 'GET').map(({ path }) => path),
    ]) {
      thief.setCookie('organization', ground.crowd.house)
      const answer = mustAnswer(await thief.get(filled(path)), `GET ${path}`)
      const opened = ledTo(answer) !== '/sign-in'
      judge(ground, 'a page between the two factors', `GET ${path}`, opened, `status ${answer.status}`)
      thief.setCookie('session', session)
    }
    thief.close()
  }
}

/** A browser whose first factor was right; one that nobody knows, unless another is given. */
async function waiting(
  ground: Ground,
  { who }: Pick<Enrolled, 'who'>,
  browser: Browser = ground.crowd.browser(),
): Promise<Browser> {
  browser.setCookie('session', undefined)
  if (await enterPassword(ground, browser, who)) {
    const attack = 'the password alone, where there is a second factor'
    ground.report.refute({ attack, where: 'POST /sign-in', saw: 'a session' })
    throw cannotProbe('Where the password is enough, no second factor can be tried.')
  }
  return browser
}

export function judge({ report }: Ground, attack: string, where: string, came: boolean, saw = 'a session'): void {
  if (came) report.refute({ attack, where, saw })
  else report.observe(attack, where)
}
