import { z } from 'zod'
import type { Clock } from '../../../core/clock.ts'
import { UpheldError } from '../../../core/errors.ts'
import { organizationId, type OrganizationId } from '../../../core/ids.ts'
import type { Database, Row } from '../../../core/ports.ts'
import type { Holder, KeyDomain, KeyRecord, KeyStore } from '../../../foundation/vault/index.ts'
import { refuse } from '../errors.ts'
import { assertDomain } from '../names.ts'
import { asRecord, assertRecord, assertSameKey, keptFor } from '../record.ts'

const form = z.strictObject({
  /** How long a backup of this database is kept; 0 when there is none. Not given: nobody knows. */
  backupsKeptDays: z.number().min(0).max(36_500).optional(),
  /** How long a segment of the write-ahead log is kept, here and in its archive, until its file is overwritten. */
  logKeptDays: z.number().min(0).max(36_500).optional(),
})
export type KeyTableOptions = z.input<typeof form>

const columns = 'organization, domain, epoch, id, state, wrapped_by, wrapped, made_at, destroyed_at'
const organizationsAtOnce = 200
/** An index is walked from one organization to the next: their keys are not counted through. */
const nextOrganizations = `
  with recursive one as (
    (select organization from upheld_keys.key where organization > $1 order by organization limit 1)
    union all
    select (select k.organization from upheld_keys.key k where k.organization > one.organization order by 1 limit 1)
    from one where one.organization is not null
  )
  select organization from one where organization is not null limit ${organizationsAtOnce}`

/**
 * Wrapped keys in a table, for processes of many machines. Run `installKeyTable` before.
 * @throws keystore.bad_options
 */
export function keyTable(database: Database, clock: Clock, options: KeyTableOptions = {}): KeyStore {
  const parsed = form.safeParse(options)
  if (!parsed.success) throw refuse.bad_options({ detail: z.prettifyError(parsed.error) })
  const ask = asker(database)
  return Object.freeze({
    list: (organization: OrganizationId, domain: KeyDomain) => list(ask, organization, domain),
    async domains(organization: OrganizationId) {
      const rows = await ask('select distinct domain from upheld_keys.key where organization = $1 order by domain', [
        organization,
      ])
      return rows.map(row => String(row['domain']))
    },
    organizations: () => organizations(ask),
    async changes() {
      const [row] = await ask('select number from upheld_keys.change')
      if (row === undefined) throw refuse.missing()
      return String(row['number'])
    },
    add: (record: KeyRecord) => add(ask, record),
    replace: (was: KeyRecord, now: KeyRecord) => replace(ask, was, now),
    async destroy(record: KeyRecord) {
      await ask(
        `update upheld_keys.key set state = 'destroyed', wrapped = null, destroyed_at = $5
         where organization = $1 and domain = $2 and epoch = $3 and id = $4 and state <> 'destroyed'`,
        [...placeOf(record), clock.now().toISOString()],
      )
      return holders(ask, record, parsed.data, clock)
    },
    holders: (tombstone: KeyRecord) => holders(ask, tombstone, parsed.data, clock),
  })
}

type Ask = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>

/** Every failure of the database under one code. */
function asker(database: Database): Ask {
  return async (text, values) => {
    try {
      return (await database.query(text, values)).rows
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no code'
      throw cause instanceof UpheldError ? cause : refuse.unavailable({ detail: `It said ${code}.`, cause })
    }
  }
}

async function list(ask: Ask, organization: OrganizationId, domain: KeyDomain): Promise<readonly KeyRecord[]> {
  assertDomain(domain)
  const rows = await ask(
    `select ${columns} from upheld_keys.key where organization = $1 and domain = $2 order by epoch`,
    [organization, domain],
  )
  return rows.map(recordOf)
}

async function* organizations(ask: Ask): AsyncIterable<OrganizationId> {
  let last = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const rows = await ask(nextOrganizations, [last])
    for (const row of rows) {
      last = String(row['organization'])
      yield organizationId(last)
    }
    if (rows.length < organizationsAtOnce) return
  }
}

async function add(ask: Ask, record: KeyRecord): Promise<boolean> {
  assertRecord(record)
  const { state, wrappedBy, wrapped, madeAt } = record
  const rows = await ask(
    `insert into upheld_keys.key (organization, domain, epoch, id, state, wrapped_by, wrapped, made_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning true`,
    [...placeOf(record), state, wrappedBy, wrapped, madeAt],
  )
  return rows.length === 1
}

async function replace(ask: Ask, was: KeyRecord, now: KeyRecord): Promise<boolean> {
  assertRecord(was)
  assertRecord(now)
  assertSameKey(was, now)
  const rows = await ask(
    `update upheld_keys.key set state = $5, wrapped_by = $6, wrapped = $7
     where organization = $1 and domain = $2 and epoch = $3 and id = $4
       and state = $8 and wrapped_by = $9 and wrapped = $10 and made_at = $11 returning true`,
    [...placeOf(was), now.state, now.wrappedBy, now.wrapped, was.state, was.wrappedBy, was.wrapped, was.madeAt],
  )
  return rows.length === 1
}

async function holders(
  ask: Ask,
  key: KeyRecord,
  known: z.output<typeof form>,
  clock: Clock,
): Promise<readonly Holder[]> {
  const [row] = await ask(
    `select destroyed_at, purged_at from upheld_keys.key
     where organization = $1 and domain = $2 and epoch = $3 and id = $4`,
    placeOf(key),
  )
  if (row === undefined) throw refuse.no_such_key()
  if (row['destroyed_at'] === null) return [Object.freeze({ store: 'key table', holds: 'holds' })]
  const purgedAt = row['purged_at'] instanceof Date ? row['purged_at'].toISOString() : undefined
  // Log and backups take in the dead row until it is purged, so only then does their time begin.
  const later = (store: string, days: number | undefined): Holder =>
    purgedAt === undefined ? Object.freeze({ store, holds: 'may hold' }) : keptFor(store, purgedAt, days, clock.now())
  return [
    Object.freeze({ store: 'key table', holds: 'gone' }),
    Object.freeze({ store: 'dead rows of the key table', holds: purgedAt === undefined ? 'may hold' : 'gone' }),
    Object.freeze({ store: 'disk below the key table', holds: 'may hold' }),
    later('write-ahead log', known.logKeptDays),
    later('backups of the key database', known.backupsKeptDays),
  ]
}

function placeOf({ organization, domain, epoch, id }: KeyRecord): readonly unknown[] {
  return [organization, domain, epoch, id]
}

/** @throws keystore.damaged */
function recordOf(row: Row): KeyRecord {
  const time = (value: unknown): string | undefined => (value instanceof Date ? value.toISOString() : undefined)
  const wrapped = row['wrapped']
  const destroyedAt = time(row['destroyed_at'])
  const record = asRecord({
    organization: row['organization'],
    domain: row['domain'],
    epoch: row['epoch'],
    id: row['id'],
    state: row['state'],
    wrappedBy: row['wrapped_by'],
    madeAt: time(row['made_at']),
    ...(wrapped === null ? {} : { wrapped }),
    ...(destroyedAt === undefined ? {} : { destroyedAt }),
  })
  if (record === undefined) throw refuse.damaged()
  return record
}
