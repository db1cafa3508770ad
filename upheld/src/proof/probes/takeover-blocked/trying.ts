import { hash, randomInt } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { cannotProbe } from '../../claims/index.ts'
import type { Answer } from '../isolation-routes/wire.ts'
import { pretending, type Browser } from '../people/browser.ts'

/** What became of one try to sign in. */
export interface Tried {
  /** `no`: it was checked, and wrong. `wait`: nothing was checked. `second`: a second factor is asked for. */
  readonly said: 'in' | 'second' | 'no' | 'wait'
  readonly waitSecs: number
  /** What has to be answered to be spared the wait. */
  readonly challenge: string | undefined
  readonly answer: Answer
}

export interface Pair {
  readonly email: string
  readonly password: string
}

export async function tryPassword(browser: Browser, { email, password }: Pair, work?: string): Promise<Tried> {
  const fields = { email, password, ...(work === undefined ? {} : { work }) }
  return triedOf(browser, await browser.send('/sign-in', fields))
}

/** The same, by somebody who says each time that they are somebody else: in headers, in fields, in how an address is written. */
export async function tryPretending(browser: Browser, { email, password }: Pair): Promise<Tried> {
  const name = email.replaceAll(/[a-z]/g, letter => (randomInt(2) === 0 ? letter : letter.toUpperCase()))
  const other = randomInt(1_000_000).toString()
  const fields = { email: ` ${name} `, password, address: other, ip: other, device: other, organization: other }
  return triedOf(browser, await browser.send('/sign-in', fields, pretending()))
}

export async function tryCode(browser: Browser, totp: string): Promise<Tried> {
  return triedOf(browser, await browser.send('/sign-in/second', { totp }))
}

function triedOf(browser: Browser, answer: Answer): Tried {
  const [, challenge] = /data-work="([\w.-]+)"/.exec(answer.body) ?? []
  const waitSecs = Number(answer.headers['retry-after'] ?? 0)
  return { said: saidBy(browser, answer), waitSecs, challenge, answer }
}

function saidBy(browser: Browser, { status, headers }: Answer): Tried['said'] {
  if (browser.cookie('session') !== undefined) return 'in'
  if (status === 303 && headers['location'] === '/sign-in/second') return 'second'
  if (status === 401 || status === 303) return 'no'
  if (status === 429) return 'wait'
  throw cannotProbe(`A try to sign in was answered with status ${status}.`)
}

const triesAtOnce = 5_000

/** As a browser answers a challenge: a number with which SHA-256 begins with so many zero bits. */
export async function solved(challenge: string): Promise<string> {
  const bits = Number(challenge.split('.')[3])
  if (!(bits >= 1 && bits <= 22)) throw cannotProbe('A challenge asks for more work than a browser can do.')
  for (let number = 0; ; number++) {
    const answer = `${challenge}.${number}`
    if (Math.clz32(Number.parseInt(hash('sha256', answer).slice(0, 8), 16)) >= bits) return answer
    if (number % triesAtOnce === 0) await setImmediate()
  }
}
