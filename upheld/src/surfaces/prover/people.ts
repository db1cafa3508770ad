import { openDatabase } from '../../adapters/postgres/database.ts'
import { openPeopleOf, type RunningApplication } from '../../application.ts'
import { systemClock } from '../../core/clock.ts'
import { assert } from '../../core/errors.ts'
import { organizationId, type OrganizationId } from '../../core/ids.ts'
import type { Database } from '../../core/ports.ts'
import type { ContextKeys } from '../../foundation/tenancy/index.ts'
import { deliverMails, parseLinkOptions, type OutgoingMail } from '../../guards/identity/index.ts'
import type { UpheldOptions } from '../../options.ts'
import type { PeopleBend } from '../../people-bend.ts'
import { mailWriters } from '../../people-jobs.ts'
import type { People } from '../../people.ts'
import type { PeopleGround } from '../../proof/claims/index.ts'
import type { Upheld } from '../../upheld.ts'
import { refuse } from './errors.ts'
import type { LoginUrls } from './twins.ts'

/** For probes of people alone: no other probe clears away what they put there. */
export const peopleOrganizations = Object.freeze({
  house: organizationId('7e1f0000-0000-4000-8000-000000000007'),
  other: organizationId('7e1f0000-0000-4000-8000-000000000008'),
  gone: organizationId('7e1f0000-0000-4000-8000-000000000009'),
})

/** The keys that people are kept with: files that are made at the first start. */
export interface PeopleFiles {
  readonly pepperFile: string
  readonly guessKeyFile: string
  readonly supportKeyFile: string
}

interface GroundOptions {
  readonly application: RunningApplication
  /** Superuser: takes away what a probe put into its own organizations, whoever may. */
  readonly adminUrl: string
  readonly urls: LoginUrls
  readonly contextKeys: ContextKeys
  readonly vault: UpheldOptions['vault']
  readonly files: PeopleFiles
  readonly platform: () => Upheld
  /** Where people reach it, unless `open` is told another place. */
  readonly origin: string
}

/** Undefined where the application keeps its people itself. Whoever made it closes it. */
export function peopleGround(options: GroundOptions): (PeopleGround & { close(): Promise<void> }) | undefined {
  const { application, urls, origin, adminUrl } = options
  const { people, name } = application
  if (people === undefined) return undefined
  const admin = openDatabase(adminUrl, { connectionsMax: 1, name: 'upheld-stage' })
  let known: Promise<Tables> | undefined
  const tables = (): Promise<Tables> => (known ??= tablesOf(admin))
  return Object.freeze({
    access: people.access,
    organizations: peopleOrganizations,
    open: (bend: PeopleBend = {}, at = origin) => openedPeople(options, at, bend),
    async letters(domain: string) {
      assertInvalid(domain)
      const letters: OutgoingMail[] = []
      const database = openDatabase(urls.jobs, { connectionsMax: 2, name: 'upheld-letters' })
      try {
        const mailer = { send: async (mail: OutgoingMail) => void letters.push(mail), close: async () => undefined }
        const links = parseLinkOptions({ product: name, origin, paths: {} })
        await deliverMails({ database, mailer, clock: systemClock, domain, links, writers: mailWriters })
        return letters
      } finally {
        await database.close()
      }
    },
    state: async (organization: OrganizationId) => stateOf(admin, organization, await tables()),
    clear: async (organization: OrganizationId) => clearOrganization(admin, organization, await tables()),
    async clearPersons(domain: string) {
      assertInvalid(domain)
      await clearPersons(admin, domain, await tables())
    },
    close: () => admin.close(),
  })
}

/** People with their platform, which is closed with them. */
function openedPeople(
  { application, urls, contextKeys, vault, files, platform }: GroundOptions,
  origin: string,
  bend: PeopleBend,
): People {
  if (application.people === undefined || vault === undefined) throw refuse.no_people()
  const handle = platform()
  const keptAt = {
    databaseUrl: urls.identity,
    contextKeyFile: 'held by the prover',
    connectionsMax: 4,
    ...files,
    vault,
  }
  const opened = openPeopleOf(application, handle, { ...keptAt, origin }, { contextKeys, bend })
  assert(opened !== undefined, 'it leaves its people to us')
  return Object.freeze({
    ...opened,
    async close() {
      await opened.close()
      await handle.close()
    },
  })
}

const domainForm = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.invalid$/

function assertInvalid(domain: string): void {
  if (!domainForm.test(domain)) throw refuse.not_invalid({ detail: domain })
}

/** Tables by the column that says whose their rows are. The names come from the catalogue, quoted. */
interface Tables {
  readonly ofMembers: readonly string[]
  readonly ofOrganizations: readonly string[]
  readonly ofPersons: readonly string[]
}

async function tablesOf(admin: Database): Promise<Tables> {
  const { rows } = await admin.query(
    `select format('%I.%I', n.nspname, c.relname) as name, n.nspname as schema, a.attname as column
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attname in ('organization_id', 'person_id') and not a.attisdropped
     where n.nspname in ('upheld_access', 'upheld_identity') and c.relkind = 'r' order by 1`,
  )
  const named = (schema: string, column: string): readonly string[] =>
    rows.filter(row => row['schema'] === schema && row['column'] === column).map(row => String(row['name']))
  return {
    ofMembers: named('upheld_access', 'organization_id'),
    ofOrganizations: [...named('upheld_identity', 'organization_id'), 'upheld_guard.support_grant'],
    ofPersons: named('upheld_identity', 'person_id'),
  }
}

/** When something was used last changes with being asked, also where the answer is a refusal. */
const lookedAt = `(to_jsonb(t) - '{used_at,seen_at}'::text[])::text`

async function stateOf(admin: Database, organization: OrganizationId, { ofMembers }: Tables): Promise<string> {
  const look = ofMembers.map(
    name =>
      `select count(*) || coalesce(md5(string_agg(${lookedAt}, ' ' order by ${lookedAt} collate "C")), '') as sum from ${name} t where organization_id = $1`,
  )
  const { rows } = await admin.query(look.join('\nunion all\n'), [organization])
  return rows.map(row => String(row['sum'])).join()
}

/** As a replica does it: no trigger asks who may, and no entry is made of rows that exist for a probe alone. */
async function clearOrganization(admin: Database, organization: OrganizationId, tables: Tables): Promise<void> {
  const probes = `select from upheld_guard.organization where id = $1 and probe`
  if ((await admin.query(probes, [organization])).rowCount === 0) throw refuse.not_a_probe({ detail: organization })
  const all = [...tables.ofMembers, ...tables.ofOrganizations]
  await asReplica(
    admin,
    organization,
    all.map(table => `delete from ${table} where organization_id = $1`),
  )
}

async function clearPersons(admin: Database, domain: string, { ofPersons }: Tables): Promise<void> {
  const whose = `(select id from upheld_identity.person where email like '%@' || $1)`
  await asReplica(admin, domain, [
    ...ofPersons.map(table => `delete from ${table} where person_id in ${whose}`),
    `delete from upheld_identity.person where email like '%@' || $1`,
    `delete from upheld_identity.sign_up where email like '%@' || $1`,
    `delete from upheld_identity.mail where recipient like '%@' || $1`,
  ])
}

/** All parts in one statement. */
async function asReplica(admin: Database, value: string, parts: readonly string[]): Promise<void> {
  const all = parts.map((part, at) => `p${at} as (${part})`).join(', ')
  await admin.transaction(async tx => {
    await tx.query(`set local session_replication_role = replica`)
    await tx.query(`with ${all} select 1`, [value])
  })
}
