import { cannotProbe, siteOf } from '../../claims/index.ts'
import { addPasskey, comeIn, type Held } from '../people/holder.ts'
import { judge } from '../judge.ts'
import { besieged, victim, type Ground, type Victim } from './ground.ts'
import { solved, tryPassword } from './trying.ts'

const attack = 'an account that strangers guess at'

/** Whoever the account belongs to gets in while it is attacked, and is told of it. */
export async function attackOwner(ground: Ground): Promise<void> {
  const [one, other] = [await victim(ground), await victim(ground)]
  const passkey = await withPasskey(ground, other)
  const where = (what: string): string => `its owner, ${what}`
  await siege(ground, one, 3)
  const known = await tryPassword(one.device(), one)
  judge(ground, attack, where('in a browser that is known'), known.said !== 'in', 'they are told to wait')
  await siege(ground, other, 1)
  judge(ground, attack, where('with a passkey'), !(await comeIn(ground.crowd.browser(), passkey)), 'they do not get in')
  await siege(ground, one, 1)
  const elsewhere = ground.crowd.browser()
  const first = await tryPassword(elsewhere, one)
  const then = first.challenge === undefined ? first : await tryPassword(elsewhere, one, await solved(first.challenge))
  judge(ground, attack, where('in a new browser, after a challenge'), then.said !== 'in', 'they are told to wait')
  await siege(ground, one, 1)
  judge(ground, attack, where('by a link to the mailbox'), !(await byMail(ground, one)), 'they do not get in')
  const told = (await ground.crowd.readMails()).some(mail => mail.startsWith('Somebody tries to sign in'))
  judge(ground, attack, where('by mail'), !told, 'they are told nothing')
}

async function byMail({ crowd, password }: Ground, { email }: Victim): Promise<boolean> {
  const browser = crowd.browser()
  const asked = await browser.send('/forgot', { email })
  if (asked.status >= 500) throw cannotProbe(`A question for a new password was answered with ${asked.status}.`)
  const link = await crowd.linkFor(email).catch(() => undefined)
  if (link === undefined) return false
  const { status } = await browser.send('/reset', { link, password: `${password} anew` })
  if (status >= 500) throw cannotProbe(`A new password was answered with ${status}.`)
  return browser.cookie('session') !== undefined
}

async function siege(ground: Ground, one: Victim, waits: number): Promise<void> {
  if ((await besieged(ground, one.email, waits)) === undefined)
    throw cannotProbe('Nobody is slowed, so nobody can be kept out.')
}

async function withPasskey({ crowd, world }: Ground, one: Victim): Promise<Held> {
  const browser = one.device()
  await tryPassword(browser, one)
  const held = await addPasskey(browser, await siteOf(world))
  await crowd.people.identity.endSessionsOf(one.personId)
  return held
}
