import { contextKeyFile } from './adapters/keys/index.ts'
import { openDatabase } from './adapters/postgres/database.ts'
import { textRecords } from './adapters/web/index.ts'
import { systemClock, type Clock } from './core/clock.ts'
import { UpheldError } from './core/errors.ts'
import { organizationId } from './core/ids.ts'
import type { Database } from './core/ports.ts'
import type { ContextKeys, Tenancy } from './foundation/tenancy/index.ts'
import type { Access } from './guards/access/index.ts'
import { proveAgain } from './guards/domains/index.ts'
import { clearFactors } from './guards/factors/index.ts'
import { clearIdentity, deliverMails, parseLinkOptions, type Mailer } from './guards/identity/index.ts'
import { apiKeys, keyWriters } from './guards/keys/index.ts'
import { allSources, reviews, reviewWriters, runDueReviews } from './guards/reviews/index.ts'
import { closeSupport, supportWriters } from './guards/support/index.ts'
import { openMembers } from './sealed-rows.ts'
import type { Upheld } from './upheld.ts'

interface JobOptions {
  /** The login of the jobs, such as postgres://upheld_jobs:secret@127.0.0.1/desk. */
  readonly databaseUrl: string
  /** The file with the key that signs contexts. */
  readonly contextKeyFile: string
  readonly product: string
  /** Where links in mails lead, such as https://desk.example. */
  readonly origin: string
}

interface JobPorts {
  readonly mailer: Mailer
  readonly clock?: Clock
  readonly contextKeys?: ContextKeys
}

/** A kind of work that nobody waits for, and how often it is looked for. */
interface Job {
  readonly name: JobName
  readonly everyMs: number
  readonly run: () => Promise<void>
}

export type JobName = 'mails' | 'support' | 'reviews' | 'clearing' | 'domains' | 'outsiders'

export interface PeopleJobs {
  readonly jobs: readonly Job[]
  close(): Promise<void>
}

/** Mails beside those of identity. */
export const mailWriters = Object.freeze({ ...supportWriters, ...reviewWriters, ...keyWriters })

const [secondMs, minuteMs, hourMs] = [1_000, 60_000, 3_600_000]
const clearedMax = 10_000

/**
 * What happens to people by itself: mails leave, grants and reviews that are over end, and what is over goes. Everything may
 * run in several processes at once, and nothing is done twice.
 */
export function openPeopleJobs(
  platform: Upheld,
  access: Access,
  options: JobOptions,
  { mailer, clock = systemClock, contextKeys }: JobPorts,
): PeopleJobs {
  const database = openDatabase(options.databaseUrl, { connectionsMax: 3, name: 'upheld-jobs' })
  const keys = contextKeys ?? contextKeyFile(options.contextKeyFile, systemClock)
  const login = { databaseUrl: options.databaseUrl, connectionsMax: 3, contextKeys: keys }
  const members = openMembers({ ...login, statementTimeoutMs: 30_000 })
  const links = parseLinkOptions({ product: options.product, origin: options.origin, paths: {} })
  const reviewed = reviewsOf(platform, access, members, clock)
  const jobs: readonly Job[] = [
    {
      name: 'mails',
      everyMs: secondMs,
      async run() {
        await deliverMails({ database, mailer, clock, links, writers: mailWriters })
      },
    },
    { name: 'support', everyMs: 10 * secondMs, run: () => closeAllSupport(database, members, clock) },
    {
      name: 'reviews',
      everyMs: minuteMs,
      async run() {
        const { failed } = await runDueReviews({ database, reviews: reviewed, clock })
        const [first] = failed
        if (first !== undefined) throw new UpheldError(first.code, { status: 500, public: 'A review could not go on.' })
      },
    },
    {
      name: 'clearing',
      everyMs: hourMs,
      async run() {
        await clearIdentity(database, clock.now())
        await clearFactors({ jobs: database, clock })
        await database.query('select upheld_identity.clear_guesses($1, $2)', [clock.now(), clearedMax])
      },
    },
    {
      // Also what a process left that died in between.
      name: 'outsiders',
      everyMs: 10 * secondMs,
      async run() {
        await database.query('select upheld_identity.clear_outsiders($1)', [clock.now()])
      },
    },
    {
      name: 'domains',
      everyMs: hourMs,
      run: () => proveAgain({ database, tenancy: members, clock, resolveTxt: textRecords }),
    },
  ]
  return Object.freeze({
    jobs,
    async close() {
      await mailer.close()
      await members.close()
      await database.close()
    },
  })
}

function reviewsOf(platform: Upheld, access: Access, members: Tenancy, clock: Clock) {
  const keys = apiKeys({ tenancy: members, application: platform, access, clock })
  const sources = allSources({ tenancy: members, platform, access, clock, keys })
  return reviews({ tenancy: members, access, clock, sources })
}

/** Grants lapse by themselves in the database; here the owners hear of it, and get their report. */
async function closeAllSupport(database: Database, members: Tenancy, clock: Clock): Promise<void> {
  const { rows } = await database.query(
    `select distinct organization_id from upheld_identity.support_place
     where closes_at > $1::timestamptz - interval '1 day' and requested_at > $1::timestamptz - interval '30 days'`,
    [clock.now()],
  )
  for (const row of rows)
    await closeSupport(members.organization(organizationId(String(row['organization_id']))), clock)
}
