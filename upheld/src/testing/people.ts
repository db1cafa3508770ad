import { openDatabase } from '../adapters/postgres/database.ts'
import { systemClock, type Clock } from '../core/clock.ts'
import type { Database } from '../core/ports.ts'
import type { Organization, Tenancy } from '../foundation/tenancy/index.ts'
import { openMembers } from '../sealed-rows.ts'
import { testPlatform, type TestPlatform } from './platform.ts'
import type { TestServer } from './server.ts'

/** A clock that stands still until it is turned. */
export interface TestClock extends Clock {
  /** Goes on by so many seconds; below zero it is set back, which the monotonic time does not see. */
  turn(secs: number): void
  /** Goes on by the real time that went by, and keeps what it was turned: for what a program says that knows no other. */
  catchUp(): void
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
  let turnedMs = 0
  const goOn = (ms: number): void => {
    nowMs += ms
    monotonicMs += Math.max(0, ms)
  }
  return Object.freeze({
    now: () => new Date(nowMs),
    monotonicMs: () => monotonicMs,
    turn(secs: number) {
      turnedMs += secs * 1000
      goOn(secs * 1000)
    },
    catchUp: () => goOn(Math.max(0, systemClock.now().getTime() + turnedMs - nowMs)),
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
  const contextKeys = { current: () => platform.key }
  const handle = openMembers({ databaseUrl: platform.urls.identity, connectionsMax: 8, contextKeys })
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
