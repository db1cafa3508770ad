import assert from 'node:assert/strict'
import { defineAccess } from '../../src/guards/access/index.ts'
import type { People } from '../../src/people.ts'
import type { PeopleSite } from '../../src/surfaces/people/index.ts'
import { identityStage, visitor, type Stage } from './identity-stage.ts'
import { servePages } from './pages-stage.ts'

/** Roles that differ in who may let programs and providers in. */
const access = defineAccess({
  permissions: {
    'ticket.read': { says: 'See tickets.', keys: true },
    'ticket.close': { says: 'Close tickets.', keys: true },
    'ticket.purge': { says: 'Destroy tickets for good.', privileged: true, keys: true },
    'ticket.export': { says: 'Take all tickets away.', privileged: true },
    'visitor.assert': { says: 'Say who a visitor is.', keys: true },
  },
  roles: {
    owner: 'all',
    admin: ['ticket.read', 'ticket.close', 'organization.members.read', 'organization.keys', 'organization.sign-in'],
    agent: ['ticket.read', 'ticket.close'],
    gatekeeper: ['organization.keys', 'organization.sign-in'],
  },
})

const roles = ['owner', 'admin', 'agent', 'gatekeeper'] as const
type Role = (typeof roles)[number]

interface House {
  readonly id: string
  readonly memberIds: Readonly<Record<Role, string>>
  readonly personIds: Readonly<Record<Role, string>>
  /** A browser in which whoever has this role has just proven two factors, inside of the organization. */
  as(role: Role): Promise<Surfer>
}

export interface Page {
  readonly status: number
  readonly text: string
  readonly headers: Headers
  readonly location: string
  /** The code of the refusal that stands on the page. */
  readonly code: string | undefined
}

/** A browser without a face: it keeps cookies, sends forms with the token of its session, and follows nothing. */
export interface Surfer {
  readonly cookies: Map<string, string>
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Page>
  post(path: string, fields?: Readonly<Record<string, string>>): Promise<Page>
}

export interface Ground {
  readonly stage: Stage
  readonly people: People
  readonly origin: string
  /** What the DNS says: TXT records by their name. */
  readonly txt: Map<string, readonly string[]>
  house(name: string): Promise<House>
  surfer(): Surfer
  /** A program: no cookies, no forms. */
  ask(method: string, path: string, sent?: Asked): Promise<Page>
  close(): Promise<void>
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** `ca`: the certificate of whoever vouches for a provider on this machine. */
export async function programsGround({ visitors = true, ca = '' } = {}): Promise<Ground> {
  const stage = await identityStage()
  const txt = new Map<string, readonly string[]>()
  const rules = { scopes: ['chat.read', 'chat.write'], anonymous: ['chat.read'], assertScope: 'visitor.assert' }
  const served = await servePages(
    stage.people,
    inside,
    {
      web: ca === '' ? {} : { ca, dangerouslyAllowLoopback: true, timeoutMs: 2_000 },
      ...(visitors ? { visitors: rules } : {}),
    },
    { access, resolveTxt: async name => txt.get(name) ?? [] },
  )
  const { people, origin } = served
  const ask = (method: string, path: string, { headers = {}, body }: Asked = {}): Promise<Page> =>
    fetched(`${origin}${path}`, {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    })
  const surfer = (): Surfer => surferAt(origin, ask)
  return Object.freeze({
    stage,
    people,
    origin,
    txt,
    house: (name: string) => furnished(stage, people, name, surfer),
    surfer,
    ask,
    async close() {
      await served.close()
      await stage.close()
    },
  })
}

async function inside(request: Request, site: PeopleSite): Promise<Response> {
  const entered = await site.enter(request)
  return entered instanceof Response ? entered : new Response(`${entered.name} inside of ${entered.organizationName}`)
}

async function fetched(url: string, init: RequestInit): Promise<Page> {
  const response = await fetch(url, init)
  const text = await response.text()
  const { status, headers } = response
  const code = /<small class="code">([^<]*)<\/small>/.exec(text)?.[1]
  return { status, text, headers, location: headers.get('location') ?? '', code }
}

function surferAt(origin: string, ask: Ground['ask']): Surfer {
  const cookies = new Map<string, string>()
  let formToken = ''
  const sent = async (method: string, path: string, asked: Asked): Promise<Page> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const page = await ask(method, path, {
      ...asked,
      headers: { cookie, 'user-agent': 'Firefox/1.0', ...asked.headers },
    })
    for (const line of page.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    formToken = /name="form_token" value="([^"]*)"/.exec(page.text)?.[1] ?? formToken
    return page
  }
  return Object.freeze({
    cookies,
    get: (path: string, headers = {}) => sent('GET', path, { headers }),
    async post(path: string, fields = {}) {
      if (formToken === '' && cookies.has('session')) await sent('GET', '/account', {})
      const body = new URLSearchParams({ form_token: formToken, ...fields }).toString()
      return sent('POST', path, { headers: { origin, 'content-type': 'application/x-www-form-urlencoded' }, body })
    },
  })
}

let count = 0

async function furnished(
  { people: { platform } }: Stage,
  { identity }: People,
  name: string,
  surfer: () => Surfer,
): Promise<House> {
  const { id } = await platform.upheld.createOrganization()
  await identity.nameOrganization(id, name)
  const made = new Map<Role, { readonly memberId: string; readonly personId: string }>()
  for (const role of roles) {
    const email = `${role}-${++count}@example.org`
    made.set(
      role,
      await identity.importMember({ organizationId: id, email, name: `${role} of ${name}`, roles: [role] }),
    )
  }
  const idOf = (role: Role, which: 'memberId' | 'personId'): string => made.get(role)?.[which] ?? ''
  const all = (which: 'memberId' | 'personId') => ({
    owner: idOf('owner', which),
    admin: idOf('admin', which),
    agent: idOf('agent', which),
    gatekeeper: idOf('gatekeeper', which),
  })
  return {
    id,
    memberIds: all('memberId'),
    personIds: all('personId'),
    async as(role) {
      const one = surfer()
      const personId = idOf(role, 'personId')
      const arrived = await identity.arrive({ personId, methods: ['sso-mfa'], way: 'sso-mfa' }, visitor())
      assert.ok(arrived.needs === 'nothing')
      one.cookies.set('session', arrived.token).set('organization', id)
      return one
    },
  }
}
