import { argon2Sync, randomBytes } from 'node:crypto'
import { cannotProbe } from '../../claims/index.ts'
import type { Secrets } from '../logs-restricted/secrets.ts'
import type { Browser } from '../people/browser.ts'
import { importedHash, type Crowd } from '../people/crowd.ts'
import type { Chosen } from './digests.ts'

/** Somebody whose password is known, by a way on which somebody chooses one. */
export interface Chooser extends Chosen {
  readonly email: string
}

/** A password that nobody else has, made of one canary: long enough, and on no list. */
function fresh(secrets: Secrets, way: string): string {
  return secrets.plant(way)
}

/** From the form to the mail; with `open` also to the account, by the link and the password once more. */
async function signUp(
  crowd: Crowd,
  { name, password, way }: { readonly name: string; readonly password: string; readonly way: string },
  open: boolean,
): Promise<Chooser> {
  const browser = crowd.browser()
  const email = crowd.addressOf(name)
  await mustLead(browser.send('/sign-up', { name: 'Robin of a Probe', email, password }), 'A sign-up')
  if (open) {
    const link = await crowd.linkFor(email)
    await mustLead(browser.send('/sign-up/confirm', { link, password }), 'The link of a sign-up')
  }
  return { email, password, way, about: [email] }
}

/** Two people, one password: nothing of what is stored may say so. The second one’s mail is not answered yet. */
export async function signUpTwice(crowd: Crowd, secrets: Secrets): Promise<readonly Chooser[]> {
  const password = fresh(secrets, 'a sign-up')
  return [
    await signUp(crowd, { name: 'first', password, way: 'a sign-up' }, true),
    await signUp(crowd, { name: 'second', password, way: 'a sign-up that waits' }, false),
  ]
}

export async function chooseByReset(crowd: Crowd, secrets: Secrets): Promise<Chooser> {
  const { email, personId } = await crowd.member('reset', {
    hash: await importedHash(fresh(secrets, 'before a reset')),
  })
  const password = fresh(secrets, 'a reset')
  const browser = crowd.browser()
  await mustLead(browser.send('/forgot', { email }), 'A question for a new password')
  const link = await crowd.linkFor(email)
  await mustLead(browser.send('/reset', { link, password }), 'The link for a new password')
  return { email, password, way: 'a reset', about: [email, personId] }
}

/**
 * Almost as long as any may be, so beyond whatever some functions look at; and with a letter that two
 * keyboards write differently.
 */
function longPassword(secrets: Secrets, way: string): string {
  const [begin, end] = [`${fresh(secrets, way)} caf\u00e9 `, fresh(secrets, `the end of ${way}`)]
  return begin + 'and on and on it goes '.repeat(12).slice(0, lettersMax - begin.length - end.length) + end
}

const lettersMax = 254

/** Signed in, with the old one. Gives the browser too: it is signed in. */
export async function chooseByChange(
  crowd: Crowd,
  secrets: Secrets,
): Promise<{ readonly chooser: Chooser; readonly browser: Browser }> {
  const old = fresh(secrets, 'an import')
  const { email, personId } = await crowd.member('changed', { hash: await importedHash(old) })
  const browser = crowd.browser()
  await mustLead(browser.send('/sign-in', { email, password: old }), 'A sign-in with an imported password')
  const password = longPassword(secrets, 'a change')
  await mustLead(browser.send('/account/password', { old, password }), 'A change of a password')
  return { chooser: { email, password, way: 'a change', about: [email, personId] }, browser }
}

/** Of another system, which everybody who reads this knows: nobody knows the address in time. */
const known = {
  password: 'a quiet harbour under nine lanterns',
  bcrypt: '$2b$10$atK53ROJsvYW7rjfE.zVleonhfZoxDHeGxyQUGteVNeqwcbiSnv7W',
}

/** Imported as bcrypt, scrypt and a weak argon2, and signed in once: what is stored is of today from then on. */
export async function importAndSignIn(crowd: Crowd, secrets: Secrets): Promise<readonly Chooser[]> {
  const [scrypted, weak] = [fresh(secrets, 'an import of scrypt'), fresh(secrets, 'an import of weak argon2')]
  const imports = [
    { name: 'bcrypt', password: known.password, hash: known.bcrypt },
    { name: 'scrypt', password: scrypted, hash: await importedHash(scrypted) },
    { name: 'argon2', password: weak, hash: weakHash(weak) },
  ]
  const choosers: Chooser[] = []
  for (const { name, password, hash } of imports) {
    const { email, personId } = await crowd.member(name, { hash })
    const browser = crowd.browser()
    await mustLead(browser.send('/sign-in', { email, password }), `A sign-in with a password imported as ${name}`)
    choosers.push({ email, password, way: `an import of ${name}`, about: [email, personId] })
  }
  return choosers
}

function weakHash(password: string): string {
  const [nonce, memory, passes] = [randomBytes(16), 4_096, 1]
  const key = argon2Sync('argon2id', { message: password, nonce, memory, passes, parallelism: 1, tagLength: 32 })
  const [salt, tag] = [nonce, key].map(bytes => bytes.toString('base64').replace(/=+$/, ''))
  return `$argon2id$v=19$m=${memory},t=${passes},p=1$${salt}$${tag}`
}

/** What is done right leads on. @throws claims.cannot_probe */
async function mustLead(answering: Promise<{ readonly status: number }>, what: string): Promise<void> {
  const { status } = await answering
  if (status !== 303) throw cannotProbe(`${what} was answered with ${status}.`)
}
