import { systemClock } from '../../../core/clock.ts'
import { cannotProbe } from '../../claims/index.ts'
import { codeAt, seedOf, stepAt } from '../people/codes.ts'
import { judge } from '../judge.ts'
import { besieged, guessesMax, victim, wrong, type Ground } from './ground.ts'
import { solved, tryCode, tryPassword } from './trying.ts'

const never = `${guessesMax} guesses in a row were checked`

/** One account, guessed at from many addresses: it is slowed, each time for longer, in whatever process somebody asks. */
export async function attackOne(ground: Ground): Promise<void> {
  const one = await victim(ground)
  const siege = await besieged(ground, one.email)
  judge(ground, 'one account, guessed at from many addresses', 'password', siege === undefined, never)
  const waits = siege?.waits ?? []
  const growing = (waits.at(-1) ?? 0) >= (waits[0] ?? 0) + 3
  judge(ground, 'guesses that go on', 'the wait between them', !growing, `waits of ${waits.join(', ')} seconds`)
  const from = { address: '127.99.99.99', agent: 'another process' }
  const { identity } = ground.crowd.people
  const elsewhere = await identity.signIn(one, from).then(
    () => 'it was checked',
    (thrown: unknown) => (codeOf(thrown) === 'takeover.slow_down' ? undefined : 'it was answered in another way'),
  )
  judge(ground, 'the next guess, in another process', 'password', elsewhere !== undefined, elsewhere ?? '')
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
}

/** An answer to a challenge spares one wait: not a second one, not from elsewhere, and not when it is none. */
export async function attackChallenge(ground: Ground): Promise<void> {
  const one = await victim(ground)
  const first = await besieged(ground, one.email)
  if (first === undefined) throw cannotProbe('Nobody is slowed, so there is no challenge.')
  if (first.challenge === undefined)
    return judge(ground, 'a challenge', 'sign-in', true, 'whoever is slowed is given none')
  const tried = async (attack: string, work: string, by = first.by): Promise<void> => {
    const { said } = await tryPassword(by, wrong(one.email), work)
    judge(ground, attack, 'challenge', said !== 'wait', 'the wait was spared')
  }
  await tried('a challenge that was not answered', `${first.challenge}.0`)
  const answer = await solved(first.challenge)
  await tried('the answer of another address', answer, ground.crowd.browser())
  const { said } = await tryPassword(first.by, wrong(one.email), answer)
  if (said !== 'no') throw cannotProbe('A challenge that was answered does not spare the wait.')
  await tried('an answer that was used', answer)
}

/** Guesses at the password and at the code share one count, and the right password gives no further guesses at the code. */
export async function attackSecond(ground: Ground): Promise<void> {
  const one = await victim(ground)
  const browser = one.device()
  await tryPassword(browser, one)
  const { body } = await browser.get('/account/totp')
  const shown = (name: string): string => new RegExp(`name="${name}" value="([^"]+)"`).exec(body)?.[1] ?? ''
  const step = stepAt(systemClock.now().getTime())
  const seed = seedOf(shown('secret'))
  const code = codeAt(seed, step)
  const { status } = await browser.send('/account/totp', {
    enrollment: shown('enrollment'),
    secret: shown('secret'),
    code,
  })
  if (status !== 200) throw cannotProbe(`An app could not be added: status ${status}.`)
  for (let n = 0; n < 4; n++) await tryPassword(ground.crowd.browser(), wrong(one.email))
  let slowed = false
  for (let n = 0; n < 5 && !slowed; n++) {
    const stranger = ground.crowd.browser()
    const first = await tryPassword(stranger, one)
    slowed = first.said === 'wait' || (await tryCode(stranger, wrongCode(seed, step))).said === 'wait'
  }
  judge(ground, 'codes, after passwords', 'second factor', !slowed, 'five codes were checked after four passwords')
}

/** Whoever holds an open session, or a browser that is known, guesses no longer than strangers. */
export async function attackInside(ground: Ground): Promise<void> {
  const one = await victim(ground)
  const stolen = one.device()
  if ((await tryPassword(stolen, one)).said !== 'in') throw cannotProbe('The owner does not sign in.')
  let slowed = false
  for (let n = 0; n < guessesMax && !slowed; n++) {
    const { status } = await stolen.send('/account/confirm', { password: wrong(one.email).password })
    if (status >= 500) throw cannotProbe(`A fresh proof was answered with status ${status}.`)
    if (status < 400) throw cannotProbe('A wrong password was taken for a right one.')
    slowed = status === 429
  }
  judge(ground, 'guesses in a session that was left open', 'POST /account/confirm', !slowed, never)
  const other = await victim(ground)
  let waits = false
  for (let n = 0; n < guessesMax && !waits; n++)
    waits = (await tryPassword(other.device(), wrong(other.email))).said === 'wait'
  judge(ground, 'guesses in a browser that is known', 'password', !waits, never)
}

/** A hundred in a row, and no stranger guesses any further, whatever they work for it: only the owner comes in. */
export async function attackBudget(ground: Ground): Promise<void> {
  const { login } = ground.crowd
  const one = await victim(ground)
  const siege = await besieged(ground, one.email, 1)
  if (siege?.challenge === undefined) throw cannotProbe('Nobody is slowed, so there is no challenge.')
  // In a copy nobody else guesses: the last one that was counted is this one. Time and tries are written, nobody waits.
  const { rowCount } = await login.query(
    `update upheld_identity.guess set streak = 100 where key = (
       select key from upheld_identity.guess where kind = 'account' and streak > 0 order by touched_at desc limit 1)`,
  )
  if (rowCount !== 1) throw cannotProbe('Guesses are counted nowhere.')
  const { said } = await tryPassword(siege.by, wrong(one.email), await solved(siege.challenge))
  judge(ground, 'the hundred and first guess in a row', 'password', said !== 'wait', 'it was checked')
  const known = await tryPassword(one.device(), one)
  judge(ground, 'the hundred and first guess in a row', 'its owner', known.said !== 'in', 'they are told to wait')
}

/** None of this time, or of the steps around it. */
function wrongCode(seed: Buffer, step: number): string {
  const right = new Set(Array.from({ length: 9 }, (_, at) => codeAt(seed, step - 4 + at)))
  for (let code = 0; ; code++) if (!right.has(String(code).padStart(6, '0'))) return String(code).padStart(6, '0')
}

/** Somebody who has an account of their own signs in to it between the guesses: that resets nothing. */
export async function attackBetween(ground: Ground): Promise<void> {
  const [one, own] = [await victim(ground), await victim(ground)]
  const address = ground.crowd.browser()
  let slowed = false
  for (let n = 0; n < guessesMax && !slowed; n++) {
    const { said } = await tryPassword(address.copy(), wrong(one.email))
    slowed = said === 'wait'
    if (n % 3 === 2) await tryPassword(address.copy(), own)
  }
  judge(ground, 'guesses, with sign-ins to another account in between', 'password', !slowed, never)
  const forgetful = await victim(ground)
  let stopped = false
  for (let n = 0; n < guessesMax && !stopped; n++) {
    stopped = (await tryPassword(ground.crowd.browser(), wrong(forgetful.email))).said === 'wait'
    if (n % 3 === 2) await ground.crowd.browser().send('/forgot', { email: forgetful.email })
  }
  judge(ground, 'guesses, with questions for a new password in between', 'password', !stopped, never)
}
