import { pause, systemClock } from '../../../core/clock.ts'
import { cannotProbe } from '../../claims/index.ts'
import type { Browser } from '../people/browser.ts'
import { codeAt, seedOf, stepAt } from '../people/codes.ts'
import type { Somebody } from '../people/crowd.ts'
import { from, mustBeOver, mustOpen, opens, tell, type Ground } from './ground.ts'

/** A way on which a session ends, and whatever of the person's must be over then. */
interface Ending {
  readonly how: string
  /** Does it, in `mine`. Gives the token that lives on in its place; none where all end. */
  readonly end: (ground: Ground, person: Somebody, mine: Browser) => Promise<'all' | 'others' | 'mine'>
}

/** Every way on which somebody ends a session of their own, or somebody ends it for them. */
const endings: readonly Ending[] = [
  { how: 'signing out', end: async (_, __, mine) => sent(mine, '/sign-out', {}).then(() => 'mine') },
  {
    how: 'ending all others',
    end: async (_, __, mine) => sent(mine, '/account/sessions/end-others', {}).then(() => 'others'),
  },
  {
    how: 'a change of the password',
    end: async ({ password }, _, mine) => {
      await sent(mine, '/account/password', { old: password, password: `${password} and more` })
      return 'others'
    },
  },
  {
    how: 'a new password by mail',
    end: async ({ crowd, password }, { email }) => {
      const browser = crowd.browser()
      await sent(browser, '/forgot', { email })
      await sent(browser, '/reset', { link: await crowd.linkFor(email), password: `${password} by mail` })
      return 'all'
    },
  },
  { how: 'a second factor', end: async (_, __, mine) => addApp(mine).then(() => 'others') },
  {
    how: 'the operator, who closes the account',
    end: async ({ crowd }, { personId }) => crowd.people.identity.disablePerson(personId).then(() => 'all'),
  },
  {
    how: 'the operator, who ends every session',
    end: async ({ crowd }, { personId }) => crowd.people.identity.endSessionsOf(personId).then(() => 'all'),
  },
  {
    how: 'the person, who deletes the account',
    end: async ({ crowd, tokenOf }, _, mine) => crowd.people.identity.deletePerson(tokenOf(mine)).then(() => 'all'),
  },
]

export async function attackEnding(ground: Ground): Promise<void> {
  ground.report.population('ways to end a session', endings.length)
  for (const [at, { how, end }] of endings.entries()) {
    const person = await ground.somebody(`ending-${at}`)
    const mine = await ground.begin(person)
    const others = await beginAll(ground, person)
    const myToken = ground.tokenOf(mine)
    await mustOpen(mine, 'A session')
    const over = await end(ground, person, mine)
    const attack = 'use a session that was ended'
    if (over !== 'others' || ground.tokenOf(mine) !== myToken) await mustBeOver(ground, myToken, attack, how)
    for (const [kind, other] of others)
      if (over === 'mine') await mustOpen(other, `A session ${kind} that nobody ended`)
      else await mustBeOver(ground, ground.tokenOf(other), attack, `${how}: one ${kind}`)
    if (over === 'others') await mustOpen(mine, 'The session that went on')
  }
  await afterReopening(ground)
  await fromAnother(ground)
  await inAnotherProcess(ground)
}

/** Sessions of one person that differ in whatever somebody could tell them apart by: how they began, when, and for whom. */
const kinds: readonly (readonly [kind: string, set: string])[] = [
  ['of a provider', `seen_at = seen_at`],
  ['of a passkey', `methods = '{passkey}'`],
  ['of a password', `methods = '{password}'`],
  ['of two factors', `methods = '{password,totp}'`],
  ['of a link', `methods = '{mail}'`],
  ['for one organization', `organization_id = $2`],
  ['of hours ago', `created_at = created_at - interval '3 hours', proven_at = proven_at - interval '3 hours'`],
]

async function beginAll(
  ground: Ground,
  person: Somebody,
): Promise<readonly (readonly [kind: string, other: Browser])[]> {
  const { crowd, begin, tokenOf } = ground
  const others: (readonly [string, Browser])[] = []
  for (const [kind, set] of kinds) {
    const browser = await begin(person)
    const id = (await crowd.people.identity.verify(tokenOf(browser)))?.id
    const text = `update upheld_identity.session set ${set} where $2::uuid is not null and id = $1`
    const { rowCount } = await crowd.login.query(text, [id, crowd.house])
    if (rowCount !== 1) throw cannotProbe(`A session ${kind} could not be begun.`)
    // Control: what is to be ended is alive before.
    if ((await crowd.people.identity.verify(tokenOf(browser))) === undefined)
      throw cannotProbe(`A session ${kind} is over before it was ended.`)
    others.push([kind, browser])
  }
  return others
}

/** What ended with an account that was closed stays over when it is opened again. */
async function afterReopening(ground: Ground): Promise<void> {
  const { crowd, somebody, begin, tokenOf } = ground
  const person = await somebody('reopened')
  const browser = await begin(person)
  await mustOpen(browser, 'A session')
  await crowd.people.identity.disablePerson(person.personId)
  await crowd.people.identity.enablePerson(person.personId)
  await mustBeOver(ground, tokenOf(browser), 'use a session of before', 'an account that was closed and opened again')
}

/** Somebody sees the session of a thief in the list, and ends it; and nobody ends one of somebody else. */
async function fromAnother(ground: Ground): Promise<void> {
  const { crowd, somebody, begin, tokenOf, report } = ground
  const [person, stranger] = [await somebody('listing'), await somebody('strange')]
  const [mine, stolen] = [await begin(person), await begin(person)]
  const { rows } = await crowd.login.query(
    'select id::text from upheld_identity.session where person_id = $1 order by created_at desc limit 1',
    [person.personId],
  )
  const id = String(rows[0]?.['id'])
  const listed = (await mine.get('/account')).body.includes(id)
  tell(report, 'hide from the list of sessions', 'the list of sessions', listed ? undefined : 'it is not listed')
  const theirs = await begin(stranger)
  await theirs.send('/account/sessions/end', { id })
  const place = 'ending one from another session'
  tell(report, 'end a session of somebody else', place, (await opens(stolen)) ? undefined : 'it was ended')
  await mustOpen(stolen, 'A session that is about to be ended')
  await sent(mine, '/account/sessions/end', { id })
  await mustBeOver(ground, tokenOf(stolen), 'use a session that was ended', place)
}

/** What one process ends is over in every other, and within a second where it was used just before. */
async function inAnotherProcess(ground: Ground): Promise<void> {
  const { crowd, somebody, signIn, tokenOf, report, showing } = ground
  const person = await somebody('elsewhere')
  const browser = await signIn(person)
  const token = tokenOf(browser)
  for (let looks = 0; looks < 3; looks += 1) await mustOpen(browser, 'A session')
  await crowd.people.identity.signOut(token, from)
  if (await opens(showing(token))) await pause(1_000, report.signal)
  await mustBeOver(ground, token, 'use a session that was ended a second ago', 'another process')
  const back = await ground.begin(person)
  const again = tokenOf(back)
  if ((await crowd.people.identity.verify(again)) === undefined)
    throw cannotProbe('Another process does not know a session that has begun.')
  await sent(back, '/sign-out', {})
  const known = (await crowd.people.identity.verify(again)) === undefined ? undefined : 'it is still good there'
  tell(report, 'use it in another process', 'another process', known)
}

async function addApp(mine: Browser): Promise<void> {
  const { body } = await mine.get('/account/totp')
  const hidden = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? ''
  const [enrollment, secret, uri] = [hidden('enrollment'), hidden('secret'), hidden('uri').replaceAll('&amp;', '&')]
  const code = codeAt(seedOf(secret), stepAt(systemClock.now().getTime()))
  const { status } = await mine.send('/account/totp', { enrollment, secret, uri, code })
  if (status !== 200) throw cannotProbe(`The first code of an app was answered with ${status}.`)
}

async function sent(browser: Browser, target: string, fields: Readonly<Record<string, string>>): Promise<void> {
  const { status } = await browser.send(target, fields)
  if (status !== 303) throw cannotProbe(`${target} was answered with ${status}.`)
}
