import { randomBytes } from 'node:crypto'
import { cannotProbe, type Report, type World } from '../../claims/index.ts'
import type { Browser } from '../people/browser.ts'
import { importedHash, type Crowd, type Somebody } from '../people/crowd.ts'
import { solved, tryPassword, tryPretending, type Pair, type Tried } from './trying.ts'

/** What every attack on accounts has at hand. */
export interface Ground {
  readonly world: World
  readonly report: Report
  readonly crowd: Crowd
  readonly password: string
  readonly hash: string
  /** Where force is not used: somebody else may be signing in. */
  readonly gentle: boolean
}

export async function groundOf(world: World, report: Report, crowd: Crowd): Promise<Ground> {
  const password = `seven boats ${randomBytes(18).toString('base64url')}`
  return { world, report, crowd, password, hash: await importedHash(password), gentle: world.place === 'live' }
}

/** Somebody whose account is attacked, and the browser in which they have signed in before. */
export interface Victim extends Pair, Somebody {
  /** A browser that holds the device and no session. */
  device(): Browser
}

let count = 0
export async function victim({ crowd, password, hash }: Ground): Promise<Victim> {
  const who = await crowd.member(`victim-${++count}`, { hash, roles: ['agent'] })
  const own = crowd.browser()
  const { said } = await tryPassword(own, { email: who.email, password })
  if (said !== 'in' || own.cookie('device') === undefined)
    throw cannotProbe('Somebody with the right password does not sign in.')
  const device = own.cookie('device')
  return {
    ...who,
    password,
    device() {
      const browser = crowd.browser()
      browser.setCookie('device', device)
      return browser
    },
  }
}

export function wrong(email: string): Pair {
  return { email, password: `wrong ${randomBytes(8).toString('hex')}` }
}

/**
 * So many guesses that whoever is not slowed by then is not slowed at all: the waits in between would be longer than any
 * run takes.
 */
export const guessesMax = 9

/** Guesses at one account, each from an address of its own, until they are slowed; undefined when they never are. */
async function guessed(
  { crowd, gentle }: Ground,
  email: string,
): Promise<(Tried & { readonly by: Browser }) | undefined> {
  for (let n = 0; n < guessesMax; n++) {
    const by = crowd.browser()
    // A proxy that is trusted may stand before the live system: there nobody says that they are somebody else.
    const tried = gentle ? await tryPassword(by, wrong(email)) : await tryPretending(by, wrong(email))
    if (tried.said === 'wait') return { ...tried, by }
  }
  return undefined
}

/** An account that is guessed at: how long each next guess had to wait, and what has to be answered now, by whom. */
interface Siege {
  readonly waits: readonly number[]
  readonly by: Browser
  readonly challenge: string | undefined
}

/** Of 1, 2, 4 and 8 seconds. */
const waitsMax = 4

/**
 * The same, and so far that a stranger has to wait for long: by whoever answers every challenge. A try that comes when a
 * wait is over makes the next one longer.
 */
export async function besieged(ground: Ground, email: string, waitsWanted = waitsMax): Promise<Siege | undefined> {
  const first = await guessed(ground, email)
  if (first === undefined) return undefined
  const [{ by }, waits] = [first, [first.waitSecs]]
  let last: Tried = first
  for (let tries = 0; waits.length < waitsWanted && tries < 3 * waitsMax; tries++) {
    if (last.said === 'wait' && last.challenge !== undefined)
      await tryPassword(by, wrong(email), await solved(last.challenge))
    last = await tryPassword(by, wrong(email))
    if (last.said === 'wait') waits.push(last.waitSecs)
  }
  return { waits, by, challenge: last.challenge }
}
