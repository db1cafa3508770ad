import assert from 'node:assert/strict'
import { defineAccess } from '../../src/guards/access/index.ts'
import type { Entry } from '../../src/guards/identity/index.ts'
import type { People } from '../../src/people.ts'
import type { PeopleSite } from '../../src/surfaces/people/index.ts'
import { identityStage, visitor, type Stage } from './identity-stage.ts'
import { servePages } from './pages-stage.ts'

/** Roles that differ in what the pages of an organization ask for. */
export const access = defineAccess({
  permissions: {
    'ticket.read': { says: 'See tickets.' },
    'ticket.close': { says: 'Close tickets.' },
    'ticket.purge': { says: 'Destroy tickets for good.', privileged: true },
  },
  roles: {
    owner: 'all',
    admin: [
      'ticket.read',
      'ticket.close',
      'organization.members.read',
      'organization.members.invite',
      'organization.members.roles',
      'organization.members.overrides',
      'organization.members.remove',
      'organization.settings',
    ],
    agent: ['ticket.read', 'ticket.close'],
    reader: ['ticket.read', 'organization.members.read'],
    liaison: ['ticket.read', 'organization.support'],
  },
})

export interface Present {
  readonly memberId: string
  readonly personId: string
  readonly email: string
  readonly token: string
  readonly cookie: string
}

export interface Organization {
  readonly id: string
  /** One for each role, by its name, one without any (`no role`), and one whom nobody needs (`colleague`, an agent). */
  readonly members: Readonly<Record<string, Present>>
  of(role: string): Present
  /** Whoever has this role, inside. */
  entry(role: string): Promise<Entry>
}

interface Sent {
  readonly fields?: Readonly<Record<string, string>>
  readonly as?: Pick<Present, 'token' | 'cookie'>
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
}

interface Answered {
  readonly status: number
  readonly location: string
  readonly text: string
  readonly cookies: readonly string[]
  /** The code of the refusal that stands on the page. */
  readonly code: string | undefined
}

export interface Ground {
  readonly stage: Stage
  readonly people: People
  readonly origin: string
  organization(name: string): Promise<Organization>
  /** Over HTTP, as a browser sends it: with the token of the form, unless other fields say so. */
  ask(path: string, sent?: Sent): Promise<Answered>
  close(): Promise<void>
}

/** The pages on a socket, before an application that lets people in as the site says. */
export async function organizationGround(): Promise<Ground> {
  const stage = await identityStage()
  const served = await servePages(stage.people, inside, {}, { access })
  const { people, origin } = served
  return Object.freeze({
    stage,
    people,
    origin,
    organization: (name: string) => furnished(stage, people, name),
    ask: (path: string, sent?: Sent) => ask(path, origin, people, sent),
    async close() {
      await served.close()
      await stage.close()
    },
  })
}

async function inside(request: Request, site: PeopleSite): Promise<Response> {
  const entered = await site.enter(request)
  return entered instanceof Response ? entered : new Response(`Inside of ${entered.organizationName}.`)
}

let count = 0

async function furnished({ people: { platform } }: Stage, people: People, name: string): Promise<Organization> {
  const { id } = await platform.upheld.createOrganization()
  await people.identity.nameOrganization(id, name)
  const members: Record<string, Present> = {}
  for (const role of ['owner', 'admin', 'agent', 'reader', 'liaison', 'no role', 'colleague']) {
    const roles = role === 'no role' ? [] : [role === 'colleague' ? 'agent' : role]
    const email = `${role.replaceAll(' ', '-')}-${++count}@example.org`
    const made = await people.identity.importMember({
      organizationId: id,
      email,
      name: `${names[role]} ${name}`,
      roles,
    })
    members[role] = { ...made, email, ...(await signedIn(people, made.personId, id)) }
  }
  const of = (role: string): Present => {
    const found = members[role]
    assert.ok(found !== undefined)
    return found
  }
  return {
    id,
    members,
    of,
    async entry(role) {
      const entrance = await people.identity.enter(of(role).token, id)
      assert.ok(entrance.needs === 'nothing')
      return entrance
    },
  }
}

const names: Readonly<Record<string, string>> = {
  owner: 'Olive',
  admin: 'Ada',
  agent: 'Ben',
  reader: 'Rita',
  liaison: 'Lou',
  'no role': 'Nell',
  colleague: 'Cora',
}

/** A session that proved two factors a moment ago. */
export async function signedIn(
  { identity }: People,
  personId: string,
  organizationId: string,
): Promise<Pick<Present, 'token' | 'cookie'>> {
  const arrived = await identity.arrive({ personId, methods: ['sso-mfa'], way: 'sso-mfa' }, visitor())
  assert.ok(arrived.needs === 'nothing')
  return { token: arrived.token, cookie: `session=${arrived.token}; organization=${organizationId}` }
}

async function ask(path: string, origin: string, people: People, sent: Sent = {}): Promise<Answered> {
  const { fields, as, headers = {}, method = fields === undefined ? 'GET' : 'POST' } = sent
  const formToken = as === undefined ? undefined : await tokenOf(people, as)
  const body =
    fields === undefined
      ? undefined
      : new URLSearchParams({ ...(formToken === undefined ? {} : { form_token: formToken }), ...fields }).toString()
  const response = await fetch(`${origin}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(body === undefined ? {} : { origin, 'content-type': 'application/x-www-form-urlencoded' }),
      ...(as === undefined ? {} : { cookie: as.cookie }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  return {
    status: response.status,
    location: response.headers.get('location') ?? '',
    text,
    cookies: response.headers.getSetCookie(),
    code: /<small class="code">([^<]*)<\/small>/.exec(text)?.[1],
  }
}

/** Read from a page, as a browser would. */
async function tokenOf({ site }: People, { cookie }: Pick<Present, 'cookie'>): Promise<string> {
  const request = new Request('http://localhost/account', { headers: { cookie } })
  const page = await (await site.fetch(request, { address: '127.0.0.1' }))?.text()
  return /name="form_token" value="([^"]*)"/.exec(page ?? '')?.[1] ?? ''
}
