import assert from 'node:assert/strict'
import { type Organization, UpheldError } from 'upheld'
import { startServer, testPlatform, type TestPlatform } from 'upheld/testing'
import { z } from 'zod'
import { newKey } from '../src/access/api-keys.ts'
import { newLink } from '../src/access/links.ts'
import { type Role, type Scope, scopes } from '../src/access/permissions.ts'
import { getAccount } from '../src/account/store.ts'
import { application } from '../upheld.ts'

/** The desk as it runs: seeded, on real Postgres, behind the real server. */
export interface Stage {
  readonly platform: TestPlatform
  readonly origin: string
  organization(slug: string): Organization
  /** A key of this organization, with every scope unless told. */
  key(organization: Organization, some?: readonly Scope[]): Promise<string>
  /** Signs the first member of a role in, through a link as a person would. Gives the Cookie header. */
  signIn(organization: Organization, role: Role): Promise<string>
  memberId(organization: Organization, role: Role): Promise<string>
  api(method: string, path: string, options?: { readonly key?: string; readonly body?: unknown }): Promise<Answer>
  page(path: string, cookie?: string): Promise<Response>
  /** Sends a form from our own origin, with the token of the session's own pages. */
  form(path: string, cookie: string, fields: Readonly<Record<string, string>>): Promise<Response>
  /** The same, with a file at its end. */
  upload(path: string, cookie: string, file: File, fields?: Readonly<Record<string, string>>): Promise<Response>
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** What every refusal of the API looks like. */
export const refusal = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    problems: z.array(z.strictObject({ at: z.string(), problem: z.string() })).optional(),
  }),
})

export async function openStage(): Promise<Stage> {
  const platform = await testPlatform(application)
  await application.seed(platform.upheld)
  const failures: string[] = []
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    whenTaken: 'refuse',
    limits: { bodyBytesMax: application.bodyBytesMax ?? 0 },
    handle: application.fetch(platform.upheld),
    onFailure: failure =>
      failures.push(`${failure.method} ${failure.pathname} ${failure.code} ${String(failure.thrown)}`),
  })
  const { origin } = server
  const organizations = await bySlug(platform)

  const memberId = async (organization: Organization, role: Role): Promise<string> => {
    const [member] = await organization.sql<{ id: string }>`
      select id from desk.member where role = ${role} order by id limit 1`
    assert.ok(member)
    return member.id
  }
  const page = (path: string, cookie = '') => fetch(origin + path, { headers: { cookie }, redirect: 'manual' })

  return Object.freeze({
    platform,
    origin,
    memberId,
    page,
    organization(slug: string) {
      const organization = organizations.get(slug)
      assert.ok(organization, slug)
      return organization
    },
    key: async (organization: Organization, some: readonly Scope[] = scopes) =>
      newKey(organization, { name: 'test', scopes: some, createdBy: await memberId(organization, 'owner') }),
    async signIn(organization: Organization, role: Role) {
      const link = await newLink(organization, await memberId(organization, role))
      const answer = await fetch(`${origin}${link ?? ''}`, { method: 'POST', headers: { origin }, redirect: 'manual' })
      assert.equal(answer.status, 303)
      return cookieFrom(answer)
    },
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
    async close() {
      await server.close()
      await platform.close()
      assert.deepEqual(failures, [], 'nothing unforeseen happened in the desk')
    },
  })
}

export function cookieFrom(answer: Response): string {
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0]
  assert.ok(cookie)
  return cookie
}

export function tokenIn(page: string): string {
  const token = /name="form_token"\s+value="([^"]+)"/.exec(page)?.[1]
  assert.ok(token, 'the page has a form of this session')
  return token
}

/** For tests that call the desk without a server. */
export function codeOf(thrown: unknown): string {
  return thrown instanceof UpheldError ? thrown.code : String(thrown)
}

async function bySlug(platform: TestPlatform): Promise<ReadonlyMap<string, Organization>> {
  const found = new Map<string, Organization>()
  await platform.upheld.unsafeAcrossOrganizations(
    { reason: 'test: find the seeded organizations' },
    async organization => {
      const account = await getAccount(organization)
      if (account !== undefined) found.set(account.slug, organization)
    },
  )
  return found
}
