import { createHash, randomBytes } from 'node:crypto'
import { html } from 'hono/html'
import { assert } from '../../src/core/errors.ts'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import { defineAccess } from '../../src/guards/access/index.ts'
import type { Method } from '../../src/guards/identity/index.ts'
import { addStaff, type Present } from '../../src/guards/support/index.ts'
import type { People } from '../../src/people.ts'
import { openLook, pageHeaders } from '../../src/surfaces/look/index.ts'
import type { PeopleSite } from '../../src/surfaces/people/index.ts'
import { testPeople, type TestPeople } from '../../src/testing/index.ts'
import { servePages } from './pages-stage.ts'

/** What staff may be given to read, to write, and never. */
const staffedAccess = defineAccess({
  permissions: {
    'thing.read': { says: 'See things.', staff: 'read' },
    'thing.write': { says: 'Change things.', staff: 'write', keys: true },
    'thing.purge': { says: 'Destroy things.', privileged: true },
  },
  roles: {
    owner: 'all',
    admin: ['thing.read', 'thing.write', 'organization.members.read', 'organization.reviews', 'organization.support'],
    agent: ['thing.read'],
  },
})

export interface Held {
  readonly personId: string
  readonly memberId: string
  readonly token: string
}

/** A page or what it led to. */
export interface Shown {
  readonly status: number
  readonly text: string
  readonly to: string | null
  readonly cookies: readonly string[]
}

/** What staff fills in, apart from the organization. */
export const asks = {
  case: 'CASE-9',
  reason: 'The list of things stays empty.',
  writes: 'no',
  minutes: '30',
  'may_thing.read': 'on',
}

export interface StaffedStage {
  readonly base: TestPeople
  readonly people: People
  readonly origin: string
  readonly organization: Organization
  readonly members: Readonly<Record<'owner' | 'second' | 'admin' | 'agent', Held>>
  readonly staff: Readonly<Record<'ina' | 'ben' | 'cas', Held>>
  /** A session of a person, made without a proof. */
  session(personId: string, methods?: readonly Method[]): Promise<string>
  present(held: Held, methods?: readonly Method[]): Present
  /** Cookies of a browser that is in the organization, or goes by a grant. */
  jar(token: string, more?: Readonly<Record<string, string>>): string
  get(path: string, cookie: string): Promise<Shown>
  post(path: string, cookie: string, fields?: Readonly<Record<string, string>>, formToken?: string): Promise<Shown>
  close(): Promise<void>
}

/** An application with people and staff on a real server: `/inside` lists things, and takes new ones. */
export async function staffedStage(): Promise<StaffedStage> {
  const base = await testPeople()
  const served = await servePages(base, application, {}, { access: staffedAccess })
  const { people, origin } = served
  const session = (personId: string, methods?: readonly Method[]) => openSession(base, personId, methods)
  const made = await openMembers(base, session)
  const staff = await openStaff(base, session)
  await base.platform.upheld.organization(made.organization.id)
    .sql`insert into shop.thing (organization_id, name) values (${made.organization.id}, 'a lamp')`
  const formTokenOf = formTokens(origin)
  const shown = async (answer: Response): Promise<Shown> => ({
    status: answer.status,
    text: await answer.text(),
    to: answer.headers.get('location'),
    cookies: answer.headers.getSetCookie(),
  })
  return Object.freeze({
    base,
    people,
    origin,
    ...made,
    staff,
    session,
    present: (held: Held, methods: readonly Method[] = ['password', 'totp']) => ({
      personId: held.personId,
      methods,
      provenAt: base.clock.now(),
    }),
    jar: (token: string, more: Readonly<Record<string, string>> = { organization: made.organization.id }) =>
      Object.entries({ session: token, ...more })
        .map(([name, value]) => `${name}=${value}`)
        .join('; '),
    get: async (path: string, cookie: string) =>
      shown(await fetch(`${origin}${path}`, { redirect: 'manual', headers: { cookie } })),
    async post(path: string, cookie: string, fields: Readonly<Record<string, string>> = {}, formToken?: string) {
      const token = formToken ?? (await formTokenOf(cookie))
      return shown(
        await fetch(`${origin}${path}`, {
          method: 'POST',
          redirect: 'manual',
          headers: { cookie, origin, 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ form_token: token, ...fields }).toString(),
        }),
      )
    },
    async close() {
      await served.close()
      await base.close()
    },
  })
}

/** As a browser finds it: in a page of this session. */
function formTokens(origin: string): (cookie: string) => Promise<string> {
  return async cookie => {
    const page = await (await fetch(`${origin}/account`, { headers: { cookie } })).text()
    return /name="form_token" value="([^"]+)"/.exec(page)?.[1] ?? ''
  }
}

async function application(request: Request, site: PeopleSite): Promise<Response> {
  const entered = await site.enter(request)
  if (entered instanceof Response) return entered
  const headers = { ...pageHeaders({ forms: 'self' }), 'content-type': 'text/html; charset=utf-8' }
  const answer = (text: string, status = 200): Response => new Response(text, { status, headers })
  const needed = request.method === 'GET' ? 'thing.read' : 'thing.write'
  if (!entered.may(needed)) return answer('You may not.', 403)
  if (request.method === 'POST') {
    site.assertForm(request, new Map(new URLSearchParams(await request.text())))
    await entered.organization
      .sql`insert into shop.thing (organization_id, name) values (${entered.organization.id}, 'a chair')`
    return answer('Made.')
  }
  const things = await entered.organization.sql<{ name: string }>`select name from shop.thing order by name`
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        ${openLook().headTags()}
        <title>Things</title>
      </head>
      <body class="work">
        <main id="main" class="stack">
          ${await site.banner(entered)}
          <h1>Things of ${entered.organizationName}</h1>
          <ul>
            ${things.map(({ name }) => html`<li>${name}</li>`)}
          </ul>
        </main>
      </body>
    </html>`
  return answer(page.toString())
}

async function openSession(
  { database, clock }: TestPeople,
  personId: string,
  methods: readonly Method[] = ['password', 'totp'],
): Promise<string> {
  const [token, now] = [randomBytes(32).toString('base64url'), clock.now()]
  await database.query(
    `insert into upheld_identity.session
       (person_id, token_hash, created_at, seen_at, expires_at, idle_secs, proven_at, methods, label, network)
     values ($1, $2, $3, $3, $4, 86400, $3, $5, 'a test', '127.0.0.0/24')`,
    [
      personId,
      createHash('sha256').update(`session\n${token}`).digest(),
      now,
      new Date(now.getTime() + 86_400_000),
      methods,
    ],
  )
  return token
}

type Sessions = (personId: string) => Promise<string>

async function openMembers(
  base: TestPeople,
  session: Sessions,
): Promise<Pick<StaffedStage, 'organization' | 'members'>> {
  const names = ['owner', 'second', 'admin', 'agent'] as const
  const persons = await Promise.all(names.map(name => base.person(`${name}@acme.example`)))
  const roles = ['owner', 'owner', 'admin', 'agent']
  const { organization, memberIds } = await base.organization(
    'Acme',
    persons.map((personId, at) => ({ personId, roles: [roles[at] ?? ''] })),
  )
  const held = await Promise.all(
    persons.map(async (personId, at) => ({ personId, memberId: memberIds[at] ?? '', token: await session(personId) })),
  )
  const [owner, second, admin, agent] = held
  assert(owner !== undefined && second !== undefined && admin !== undefined && agent !== undefined, 'four members')
  return { organization, members: { owner, second, admin, agent } }
}

async function openStaff(base: TestPeople, session: Sessions): Promise<StaffedStage['staff']> {
  const hire = async (name: string): Promise<Held> => {
    const personId = await base.person(`${name}@operator.example`)
    await addStaff(base, personId, 'a test')
    return { personId, memberId: '', token: await session(personId) }
  }
  return { ina: await hire('ina'), ben: await hire('ben'), cas: await hire('cas') }
}
