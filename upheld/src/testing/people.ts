import { openBoundConnections } from '../adapters/postgres/bound/index.ts'
import { openDatabase } from '../adapters/postgres/database.ts'
import { systemClock, type Clock } from '../core/clock.ts'
import type { Database } from '../core/ports.ts'
import { parseTenancyOptions, tenancy, type Organization, type Tenancy } from '../foundation/tenancy/index.ts'
import { testPlatform, type TestPlatform } from './platform.ts'
import type { TestServer } from './server.ts'

/** A clock that stands still until it is turned. */
export interface TestClock extends Clock {
  /** Goes on by so many seconds; below zero it is set back, which the monotonic time does not see. */
  turn(secs: number): void
}

/** What the guards stand on: a database of one test's own with the tables of persons and members. */
export interface TestPeople {
  readonly platform: TestPlatform
  /** The login of identity, for the tables of persons. */
  readonly database: Database
  /** The same login, bound to one organization at a time, for the tables of members. */
  readonly tenancy: Tenancy
  readonly clock: TestClock
  /** Somebody with a proven address and no password. Answers with the identifier. */
  person(email: string): Promise<string>
  /** An organization with its account row, and a member for each entry. The first must be an owner. */
  organization(
    name: string,
    members: readonly { readonly personId: string; readonly roles: readonly string[] }[],
  ): Promise<{ readonly organization: Organization; readonly memberIds: readonly string[] }>
  close(): Promise<void>
}

export function testClock(start = systemClock.now()): TestClock {
  let nowMs = start.getTime()
  let monotonicMs = 0
  return Object.freeze({
    now: () => new Date(nowMs),
    monotonicMs: () => monotonicMs,
    turn(secs: number) {
      nowMs += secs * 1000
      monotonicMs += Math.max(0, secs * 1000)
    },
  })
}

/** Persons and members without an application of their own. Contexts are signed by the real time; the rest by `clock`. */
export async function testPeople(server?: TestServer): Promise<TestPeople> {
  const platform = await testPlatform(
    { tenantSchemas: ['shop'], migrations: new URL('./people-migrations/', import.meta.url) },
    server,
  )
  const clock = testClock()
  const database = openDatabase(platform.urls.identity, { connectionsMax: 8 })
  const connections = openBoundConnections({
    url: platform.urls.identity,
    connectionsMax: 8,
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 5_000,
    pooler: false,
    citus: false,
  })
  const handle = tenancy(
    { connections, keys: { current: () => platform.key }, clock: systemClock },
    parseTenancyOptions({}),
  )
  return Object.freeze({
    platform,
    database,
    tenancy: handle,
    clock,
    async person(email: string) {
      const { rows } = await database.query(
        `insert into upheld_identity.person (email, email_verified_at, name) values ($1, $2, $1) returning id`,
        [email, clock.now()],
      )
      return String(rows[0]?.['id'])
    },
    async organization(name: string, members: readonly { personId: string; roles: readonly string[] }[]) {
      const organization = await handle.createOrganization()
      const memberIds = await organization.transaction(async tx => {
        await tx.sql`insert into upheld_access.account (organization_id, name) values (${organization.id}, ${name})`
        const ids: string[] = []
        for (const { personId, roles } of members) {
          const [row] = await tx.sql<{ id: string }>`
            insert into upheld_access.member (organization_id, person_id, roles, source)
            values (${organization.id}, ${personId}, ${roles}, 'founder') returning id`
          ids.push(row?.id ?? '')
        }
        return ids
      })
      return { organization, memberIds }
    },
    async close() {
      await handle.close()
      await database.close()
      await platform.close()
    },
  })
}
