import { z } from 'zod'
import { cannotProbe } from '../../claims/index.ts'
import type { Browser } from './browser.ts'
import { asserted, makePasskey, registered } from './passkey.ts'

/** A passkey that somebody added to an account, and what it was told there. */
export interface Held {
  readonly passkey: ReturnType<typeof makePasskey>
  /** What a browser there calls the site that it is on. */
  readonly site: string
  readonly userHandle: string
}

const question = z.object({ challenge: z.string(), user: z.object({ id: z.string() }).optional() })

/** In a browser that is signed in, with a fresh proof. @throws claims.cannot_probe */
export async function addPasskey(browser: Browser, site: string): Promise<Held> {
  const passkey = makePasskey()
  const { body, status } = await browser.send('/account/passkeys/options', {})
  const asked = status === 200 ? question.safeParse(JSON.parse(body)).data : undefined
  if (asked?.user === undefined) throw cannotProbe(`The pages ask for no passkey: status ${status}.`)
  const answer = registered(passkey, { challenge: asked.challenge, site })
  const added = await browser.send('/account/passkeys', { name: 'of a probe', passkey: answer })
  if (added.status !== 303) throw cannotProbe(`A passkey could not be added: status ${added.status}.`)
  return { passkey, site, userHandle: asked.user.id }
}

/** What the door asks a browser that comes with a passkey. @throws claims.cannot_probe */
export async function askedAtDoor(browser: Browser): Promise<string> {
  const { body, status } = await browser.send('/sign-in/passkey/options', {})
  if (status !== 200) throw cannotProbe(`The door asks for no passkey: status ${status}.`)
  return question.parse(JSON.parse(body)).challenge
}

/** Whether this answer opened a session. @throws claims.cannot_probe where it was not looked at */
export async function answerAtDoor(browser: Browser, answer: string): Promise<boolean> {
  const { status } = await browser.send('/sign-in/passkey', { passkey: answer })
  if (status === 429 || status >= 500) throw cannotProbe(`A passkey was answered with status ${status}.`)
  return browser.cookie('session') !== undefined
}

/** An honest sign-in. */
export async function comeIn(browser: Browser, { passkey, site, userHandle }: Held): Promise<boolean> {
  const challenge = await askedAtDoor(browser)
  return answerAtDoor(browser, asserted(passkey, { challenge, site, userHandle }))
}
