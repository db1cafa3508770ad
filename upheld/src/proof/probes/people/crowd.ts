import { randomBytes, randomInt, scrypt } from 'node:crypto'
import { createServer } from 'node:net'
import type { Database } from '../../../core/ports.ts'
import type { OrganizationId, People } from '../../../index.ts'
import { cannotProbe, siteOf, type PeopleGround, type World } from '../../claims/index.ts'
import { openBrowser, type Browser, type Street } from './browser.ts'

/** People of one run: all of them at an address that no mail reaches, and gone when it ends. */
export interface Crowd {
  /** What stands behind the sign `@` of each of them. */
  readonly domain: string
  /** The same system as another process has it open. */
  readonly people: People
  /** The login of identity, by hand. */
  readonly login: Database
  /** Where they are members. */
  readonly house: OrganizationId
  addressOf(name: string): string
  /** Somebody who is known from elsewhere, with the hash of a password or none, and what they are in the house. */
  member(name: string, given?: Newcomer): Promise<Somebody>
  /** A browser at an address of its own. */
  browser(): Browser
  /** The secret in the newest mail with a link that was written to them, of those that were not read yet. */
  linkFor(email: string): Promise<string>
  /** Every mail that was written to them and read, whole. */
  readMails(): Promise<readonly string[]>
  close(): Promise<void>
}

interface Newcomer {
  readonly hash?: string
  readonly roles?: readonly string[]
}

export interface Somebody {
  readonly email: string
  readonly name: string
  readonly personId: string
  readonly memberId: string
}

export async function openCrowd(world: World, ground: PeopleGround, signal: AbortSignal): Promise<Crowd> {
  const domain = `probe-${randomBytes(8).toString('hex')}.invalid`
  const street: Street = { origin: await world.origin(), site: await siteOf(world), signal }
  const spread = await canSpread()
  const people = ground.open()
  const login = world.login('identity', 2)
  const { house } = ground.organizations
  const [browsers, mails]: [Browser[], string[]] = [[], []]
  const read = async () => {
    const letters = await ground.letters(domain)
    mails.push(...letters.map(({ subject, text }) => `${subject}\n${text}`))
    return letters
  }
  await ground.clear(house)
  await people.identity.nameOrganization(house, 'House of a probe')
  return Object.freeze({
    domain,
    people,
    login,
    house,
    addressOf: (name: string) => `${name}@${domain}`,
    async member(name: string, { hash, roles = [] }: Newcomer = {}) {
      const email = `${name}@${domain}`
      const given = {
        organizationId: house,
        email,
        name: `Probe ${name}`,
        roles,
        ...(hash === undefined ? {} : { hash }),
      }
      return Object.freeze({ ...(await people.identity.importMember(given)), email, name: given.name })
    },
    browser() {
      const browser = openBrowser(street, spread ? someAddress() : '127.0.0.1')
      browsers.push(browser)
      return browser
    },
    async readMails() {
      await read()
      return mails
    },
    async linkFor(email: string) {
      const letters = await read()
      const found = letters.findLast(({ to, text }) => to === email && linkForm.test(text))
      const [, link] = linkForm.exec(found?.text ?? '') ?? []
      if (link === undefined) throw cannotProbe('A link that was asked for is in no mail.')
      return link
    },
    async close() {
      for (const one of browsers) one.close()
      try {
        await ground.clear(house)
        await ground.clearPersons(domain)
      } finally {
        await Promise.all([people.close(), login.close()])
      }
    },
  })
}

const linkForm = /[?&]link=([A-Za-z0-9_-]+)/

/** Loopback has sixteen million addresses; some systems give one of them. */
function canSpread(): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(0, someAddress(), () => server.close(() => resolve(true)))
  })
}

function someAddress(): string {
  return `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`
}

/** A password as another system stored it: scrypt, N 2^14, r 8, p 1, in the form that hashcat reads. */
export function importedHash(password: string): Promise<string> {
  const salt = randomBytes(16)
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, { N: 16_384, r: 8, p: 1 }, (failure, key) => {
      if (failure === null) resolve(`SCRYPT:16384:8:1:${salt.toString('base64')}:${key.toString('base64')}`)
      else reject(failure)
    })
  })
}
