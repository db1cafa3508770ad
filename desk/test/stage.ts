import assert from 'node:assert/strict'
import { openPeople, type Clock, type Organization, type People, UpheldError } from 'upheld'
import { startServer, testPlatform, type TestPlatform } from 'upheld/testing'
import { z } from 'zod'
import { getAccount } from '../src/account/store.ts'
import { application } from '../upheld.ts'
import { type Requests, requestsTo, type Ways, waysOf } from './ways.ts'

/** The desk as it runs: seeded, on real Postgres, behind the real server. */
export interface Stage extends Ways, Requests {
  readonly platform: TestPlatform
  readonly people: People
  readonly origin: string
  organization(slug: string): Organization
  close(): Promise<void>
}

/** What every refusal of the API looks like. */
export const refusal = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    problems: z.array(z.strictObject({ at: z.string(), problem: z.string() })).optional(),
  }),
})

/** People of a platform, as `npm start` opens them. */
export function openDeskPeople(platform: TestPlatform, origin: string, clock?: Clock): People {
  const { vault } = platform.custody
  const { people: given } = application
  assert.ok(vault !== undefined && given?.visitors !== undefined)
  const options = {
    databaseUrl: platform.urls.identity,
    contextKeyFile: 'in memory',
    ...platform.people,
    vault,
    origin,
    product: application.name,
    visitors: given.visitors,
  }
  const ports = { contextKeys: { current: () => platform.key }, ...(clock === undefined ? {} : { clock }) }
  return openPeople(platform.upheld, given.access, options, ports)
}

export async function openStage({ clock }: { readonly clock?: Clock } = {}): Promise<Stage> {
  const platform = await testPlatform(application)
  const failures: string[] = []
  const { promise: handler, resolve } = Promise.withResolvers<ReturnType<typeof application.fetch>>()
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    whenTaken: 'refuse',
    limits: { bodyBytesMax: application.bodyBytesMax ?? 0 },
    handle: async (request, caller) => (await handler)(request, caller),
    onFailure: failure =>
      failures.push(`${failure.method} ${failure.pathname} ${failure.code} ${String(failure.thrown)}`),
  })
  // A name and no number: passkeys are bound to a name.
  const origin = `http://localhost:${server.port}`
  const people = openDeskPeople(platform, origin, clock)
  const inner = application.fetch(platform.upheld, people)
  resolve(async (request, caller) => (await people.site.fetch(request, caller)) ?? inner(request, caller))
  await application.seed(platform.upheld, people)
  const organizations = await bySlug(platform)

  return Object.freeze({
    ...waysOf(platform, people, clock),
    ...requestsTo(origin),
    platform,
    people,
    origin,
    organization(slug: string) {
      const organization = organizations.get(slug)
      assert.ok(organization, slug)
      return organization
    },
    async close() {
      await server.close()
      await people.close()
      await platform.close()
      assert.deepEqual(failures, [], 'nothing unforeseen happened in the desk')
    },
  })
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
