import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import type { Clock, Organization, People } from 'upheld'
import type { TestPlatform } from 'upheld/testing'
import { z } from 'zod'
import { scopes } from '../src/access/permissions.ts'

export type Role = 'owner' | 'admin' | 'agent' | 'auditor'

/** How somebody comes in. */
export interface Ways {
  /** A key of this organization, with every scope unless told. */
  key(organization: Organization, some?: readonly string[]): Promise<string>
  /**
   * A session of the first member of a role, as if they had come with a passkey. Gives the Cookie header. What signing in
   * asks for is tried where that is tested: in the browser, and in Upheld.
   */
  signIn(organization: Organization, role: Role): Promise<string>
  /** The same for anybody, in any organization. */
  session(personId: string, organizationId: string, method?: 'password' | 'passkey'): Promise<string>
  memberId(organization: Organization, role: Role): Promise<string>
  personId(organization: Organization, role: Role): Promise<string>
}

const memberForm = z.object({ id: z.string(), person_id: z.string() })

export function waysOf({ admin }: TestPlatform, people: People, clock: Clock | undefined): Ways {
  const member = async ({ id }: Organization, role: Role) => {
    const { rows } = await admin.query(
      `select id, person_id from upheld_access.member where organization_id = $1 and $2 = any (roles)
       order by created_at, id limit 1`,
      [id, role],
    )
    return memberForm.parse(rows[0])
  }
  const memberId = async (organization: Organization, role: Role) => (await member(organization, role)).id
  const personId = async (organization: Organization, role: Role) => (await member(organization, role)).person_id
  const session = async (person: string, organizationId: string, method = 'passkey') => {
    const token = randomBytes(32).toString('base64url')
    await admin.query(
      `insert into upheld_identity.session
         (person_id, token_hash, created_at, seen_at, expires_at, idle_secs, proven_at, methods, label, network)
       values ($1, $2, $3, $3, $3::timestamptz + interval '1 hour', 1800, $3, array[$4], 'test', 'test')`,
      [person, createHash('sha256').update(`session\n${token}`).digest(), clock?.now() ?? new Date(), method],
    )
    return `session=${token}; organization=${organizationId}`
  }
  return Object.freeze({
    memberId,
    personId,
    session,
    signIn: async (organization: Organization, role: Role) =>
      session(await personId(organization, role), organization.id),
    async key(organization: Organization, some: readonly string[] = scopes) {
      const by = { memberId: await memberId(organization, 'owner') }
      return (await people.keys.create(organization.id, by, { name: 'test', scopes: some, days: 1 })).key
    },
  })
}

/** Requests over HTTP, as programs and browsers send them. */
export interface Requests {
  api(method: string, path: string, options?: { readonly key?: string; readonly body?: unknown }): Promise<Answer>
  page(path: string, cookie?: string): Promise<Response>
  /** Sends a form from our own origin, with the token of the session's own pages. */
  form(path: string, cookie: string, fields: Readonly<Record<string, string>>): Promise<Response>
  /** The same, with a file at its end. */
  upload(path: string, cookie: string, file: File, fields?: Readonly<Record<string, string>>): Promise<Response>
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

export function requestsTo(origin: string): Requests {
  const page = (path: string, cookie = '') => fetch(origin + path, { headers: { cookie }, redirect: 'manual' })
  return Object.freeze({
    page,
    async api(method: string, path: string, { key, body }: { key?: string; body?: unknown } = {}) {
      const headers = new Headers(key === undefined ? {} : { authorization: `Bearer ${key}` })
      if (body !== undefined) headers.set('content-type', 'application/json')
      const sent = body === undefined ? null : JSON.stringify(body)
      const answer = await fetch(origin + path, { method, headers, body: sent })
      const read: unknown = await answer.json()
      return { status: answer.status, headers: answer.headers, body: read }
    },
    async form(path: string, cookie: string, fields: Readonly<Record<string, string>>) {
      const token = tokenIn(await (await page('/', cookie)).text())
      const body = new URLSearchParams({ form_token: token, ...fields })
      return fetch(origin + path, { method: 'POST', headers: { cookie, origin }, body, redirect: 'manual' })
    },
    async upload(path: string, cookie: string, file: File, fields: Readonly<Record<string, string>> = {}) {
      const body = new FormData()
      const token = tokenIn(await (await page('/', cookie)).text())
      for (const [name, value] of Object.entries({ form_token: token, ...fields })) body.set(name, value)
      body.set('file', file)
      return fetch(origin + path, { method: 'POST', headers: { cookie, origin }, body, redirect: 'manual' })
    },
  })
}

export function tokenIn(page: string): string {
  const token = /name="form_token"\s+value="([^"]+)"/.exec(page)?.[1]
  assert.ok(token, 'the page has a form of this session')
  return token
}
