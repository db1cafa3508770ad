import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { openMailFolder } from '../../src/adapters/mail/index.ts'
import { assert } from '../../src/core/errors.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { Database, Queryable } from '../../src/core/ports.ts'
import { openSealing } from '../../src/custody.ts'
import { defineAccess } from '../../src/guards/access/index.ts'
import { factors, parseFactorOptions } from '../../src/guards/factors/index.ts'
import { codeAt, stepAt } from '../../src/guards/factors/totp-code.ts'
import {
  deliverMails,
  openIdentity,
  ownerNotices,
  parseLinkOptions,
  type Arrived,
  type Delivered,
  type Entry,
  type From,
  type Identity,
  type IdentityPorts,
  type StaffPolicy,
} from '../../src/guards/identity/index.ts'
import { openPasswords, type Passwords } from '../../src/guards/passwords/index.ts'
import { openTakeover } from '../../src/guards/takeover/index.ts'
import { testPeople, type TestPeople } from '../../src/testing/index.ts'
import { fromBase32, stageOptions } from './factors-stage.ts'

export const house = defineAccess({
  permissions: { 'ticket.read': { says: 'See tickets.' }, 'ticket.purge': { says: 'Destroy them.', privileged: true } },
  roles: {
    owner: 'all',
    admin: ['ticket.read', 'organization.members.read', 'organization.members.invite', 'organization.members.remove'],
    agent: ['ticket.read'],
    purger: ['ticket.read', 'ticket.purge'],
  },
})

interface Mailed {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly raw: string
}

/** Somebody who signed up, and is signed in. */
export interface Somebody extends Arrived {
  readonly email: string
  readonly personId: string
}

export interface Stage {
  readonly people: TestPeople
  readonly identity: Identity
  /** What it stands on, for another process with the same. */
  readonly ports: IdentityPorts
  readonly passwords: Passwords
  /** Statements outside of organizations since the last call, of identity and takeover and factors alike. */
  statements(): readonly string[]
  deliver(): Promise<Delivered>
  /** Mails to this address, oldest first, after sending what is due. */
  mails(to: string): Promise<readonly Mailed[]>
  /** The link in the newest mail to this address. */
  link(to: string): Promise<string>
  /** Somebody new, through sign-up and the mail. */
  somebody(): Promise<Somebody>
  /** The same with an app. */
  withApp(): Promise<Somebody & { readonly seed: Uint8Array }>
  /** Adds an app to an account: the session has another token then. */
  addApp(one: Somebody): Promise<Somebody & { readonly seed: Uint8Array }>
  code(seed: Uint8Array): string
  /** Turns the clock past the step of the code, so that the next one is new. */
  nextCode(seed: Uint8Array): string
  /** Whoever enters must come in. */
  entry(token: string, organizationId: string): Promise<Entry>
  close(): Promise<void>
}

export const password = 'seven grey boats at dawn'
let visitors = 0

/** A browser that nobody has seen before, from a network of its own. */
export function visitor(): From {
  visitors++
  return {
    address: `10.${visitors % 250}.${Math.floor(visitors / 250)}.7`,
    agent: `Mozilla/5.0 (X11; Linux x86_64) Firefox/${visitors}.0`,
  }
}

export async function identityStage(
  given: { readonly options?: unknown; readonly staff?: StaffPolicy } = {},
): Promise<Stage> {
  const people = await testPeople()
  const { clock } = people
  const { ports, statements, sealing } = partsOf(people, given)
  const { deliver, mails, link, ...box } = postbox(people)
  const identity = openIdentity(ports)
  let count = 0
  const code = (seed: Uint8Array): string => codeAt(seed, stepAt(clock.now()))

  async function somebody(): Promise<Somebody> {
    const email = `somebody-${++count}@example.org`
    await identity.signUp({ email, name: `Somebody ${count}`, password })
    const arrived = await identity.confirmSignUp({ link: await link(email), password }, visitor())
    clock.turn(1)
    return { ...arrived, email, personId: arrived.session.personId }
  }
  async function addApp(one: Somebody): Promise<Somebody & { seed: Uint8Array }> {
    const { enrollment } = await begun(identity, one)
    const seed = fromBase32(enrollment.secret)
    const { renewed } = await identity.changeFactors(one.token, visitor(), async (made, { personId }) => {
      const confirmed = await made.totp.confirm({
        personId,
        enrollmentId: enrollment.enrollmentId,
        code: code(seed),
        network: 'test',
      })
      return confirmed.passed
        ? { result: undefined, change: confirmed.change, proven: 'totp' as const }
        : { result: undefined, change: undefined }
    })
    assert(renewed !== undefined, 'a new factor makes a new token')
    clock.turn(60)
    return { ...one, ...renewed, seed }
  }

  return Object.freeze({
    people,
    identity,
    ports,
    passwords: ports.passwords,
    statements,
    deliver,
    mails,
    link,
    somebody,
    addApp,
    withApp: async () => addApp(await somebody()),
    code,
    nextCode(seed: Uint8Array) {
      clock.turn(60)
      return code(seed)
    },
    async entry(token: string, organizationId: string) {
      const entrance = await identity.enter(token, organizationId)
      assert(entrance.needs === 'nothing', 'this session is enough')
      return entrance
    },
    async close() {
      sealing.close()
      await box.close()
      await people.close()
    },
  })
}

/** The outbox emptied into a folder, under the login of the jobs, and read as a mail program reads it. */
function postbox({ platform, clock }: TestPeople) {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-mail-'))
  const mailer = openMailFolder({ path: folder, from: { name: 'Desk', address: 'desk@example.com' } }, clock)
  const jobs = openDatabase(platform.urls.jobs, { connectionsMax: 4 })
  const links = parseLinkOptions({ product: 'Desk', origin: 'https://desk.example' })
  const deliver = (): Promise<Delivered> => deliverMails({ database: jobs, mailer, clock, links })
  async function mails(to: string): Promise<readonly Mailed[]> {
    await deliver()
    const names = (await readdir(folder)).toSorted()
    const all = await Promise.all(names.map(async name => mailIn(await readFile(join(folder, name), 'utf8'))))
    return all.filter(mail => mail.to === to)
  }
  async function link(to: string): Promise<string> {
    const found = (await mails(to)).flatMap(mail => /[?]link=([A-Za-z0-9_-]+)/.exec(mail.text)?.[1] ?? [])
    const last = found.at(-1)
    assert(last !== undefined, `a link was mailed to ${to}`)
    return last
  }
  const close = async (): Promise<void> => {
    await jobs.close()
    await mailer.close()
    await rm(folder, { recursive: true })
  }
  return { deliver, mails, link, close }
}

/** Everything that identity stands on, over the database and the vault of one test. */
function partsOf(people: TestPeople, given: Partial<IdentityPorts>) {
  const sealing = openSealing({ vault: people.platform.custody.vault }, {}, systemClock, id =>
    people.platform.upheld.organization(id),
  )
  assert(sealing !== undefined, 'the platform of tests has a vault')
  const { clock } = people
  const { database, statements } = counting(people.database)
  const passwords = openPasswords({
    peppers: { current: () => [{ id: 'aaaaaaaa', key: new Uint8Array(32).fill(7) }] },
  })
  const ownFactors = factors({ database, sealing: sealing.vault, clock }, parseFactorOptions(stageOptions))
  const takeover = openTakeover({ database, clock, key: randomBytes(32), notifyOwner: ownerNotices(database, clock) })
  const ports: IdentityPorts = {
    database,
    tenancy: people.tenancy,
    clock,
    passwords,
    factors: ownFactors,
    takeover,
    access: house,
    ...given,
  }
  return { ports, statements, sealing }
}

async function begun(identity: Identity, { token, email }: Somebody) {
  const { result } = await identity.changeFactors(token, visitor(), async (made, { personId }) => ({
    result: await made.totp.begin({ personId, account: email }),
    change: undefined,
  }))
  return { enrollment: result }
}

/** The same database, with what was asked of it. */
function counting(inner: Database): { database: Database; statements: () => readonly string[] } {
  let texts: string[] = []
  const over = (one: Queryable): Queryable => ({
    query(text, values) {
      texts.push(text.trim().replace(/\s+/g, ' '))
      return one.query(text, values)
    },
  })
  const database: Database = {
    ...over(inner),
    transaction: work => inner.transaction(tx => work(over(tx))),
    close: () => inner.close(),
  }
  const statements = (): readonly string[] => {
    const found = texts
    texts = []
    return found
  }
  return { database, statements }
}

function mailIn(raw: string): Mailed {
  const [head = '', ...body] = raw.split('\n\n')
  const headers = head.replace(/\n[ \t]+/g, ' ')
  const header = (name: string): string => new RegExp(`^${name}: (.*)$`, 'im').exec(headers)?.[1] ?? ''
  const quoted = /quoted-printable/i.test(header('Content-Transfer-Encoding'))
  const text = body.join('\n\n')
  const plain = text
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return { to: header('To'), subject: header('Subject'), text: quoted ? plain : text, raw }
}
