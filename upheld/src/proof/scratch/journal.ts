import { z } from 'zod'
import type { Database, Queryable } from '../../core/ports.ts'

/** What was made in the database, so that somebody else can remove it. */
const entry = z.strictObject({
  /** Rows that were planted, children last: one statement each. */
  rows: z.array(z.strictObject({ table: z.string(), text: z.string(), values: z.array(z.string().nullable()) })),
  /** Texts that stand in no row but planted ones and their copies. */
  marks: z.array(z.string()),
  /** Materialized views that were filled anew while the rows stood. */
  refreshed: z.array(z.string()),
  login: z.string().nullable(),
  /** Rows of each table before, and the last number of each sequence. */
  counts: z.record(z.string(), z.number()),
  sequences: z.record(z.string(), z.string().nullable()),
  /** For Upheld: the id of the key that was made, in hex. */
  key: z.string().nullable(),
})
export type Entry = z.infer<typeof entry>

const schema = 'upheld_probe'
const journal = `${schema}.journal`

/** Opens a journal and writes the first entry into it, in one transaction with what `work` makes. */
export async function begin(admin: Database, first: Entry, work: (tx: Queryable) => Promise<void>): Promise<void> {
  await admin.transaction(async tx => {
    await tx.query(`create schema if not exists ${schema}`)
    await tx.query(`revoke all on schema ${schema} from public`)
    await tx.query(
      `create table if not exists ${journal} (id integer generated always as identity primary key, began_at timestamptz not null default now(), entry jsonb not null)`,
    )
    await tx.query(`insert into ${journal} (entry) values ($1)`, [JSON.stringify(first)])
    await work(tx)
  })
}

/** Says what stands now, in the transaction that changes it. */
export async function note(tx: Queryable, now: Entry): Promise<void> {
  await tx.query(`update ${journal} set entry = $1 where id = (select max(id) from ${journal})`, [JSON.stringify(now)])
}

/** Entries that nobody removed: their runs were killed. */
export async function leftEntries(admin: Queryable): Promise<readonly Entry[]> {
  const { rows } = await admin.query(`select to_regclass('${journal}') is not null as there`)
  if (rows[0]?.['there'] !== true) return []
  const left = await admin.query(`select entry from ${journal} order by id desc`)
  return left.rows.map(row => entry.parse(row['entry']))
}

/** Rows of every table of one's own, and the last number of every sequence. Some hundred tables in one statement. */
export async function census(admin: Queryable): Promise<Pick<Entry, 'counts' | 'sequences'>> {
  const tables = await admin.query(
    `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as label from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', '${schema}') order by 1`,
  )
  const labels = tables.rows.map(row => String(row['label']))
  const counts: Record<string, number> = {}
  for (let from = 0; from < labels.length; from += 100) {
    const part = labels.slice(from, from + 100)
    const text = part.map(
      (label, index) => `select $${index + 1}::text as label, count(*)::int as n from only ${label}`,
    )
    const { rows } = await admin.query(text.join(' union all '), part)
    for (const row of rows) counts[String(row['label'])] = Number(row['n'])
  }
  const numbers = await admin.query(
    `select quote_ident(schemaname) || '.' || quote_ident(sequencename) as label, last_value::text as last from pg_sequences where schemaname <> '${schema}'`,
  )
  const sequences = Object.fromEntries(numbers.rows.map(row => [String(row['label']), row['last']]))
  return { counts, sequences: z.record(z.string(), z.string().nullable()).parse(sequences) }
}

/**
 * Removes what an entry says, and the copies that triggers made of it, and the journal. Gives the tables in which
 * something is left: they have not as many rows as before.
 */
export async function clear(admin: Database, made: Entry, superuser: boolean): Promise<readonly string[]> {
  await admin.transaction(async tx => {
    // So that no trigger writes about it, and no key minds the order.
    if (superuser) await tx.query(`set local session_replication_role = 'replica'`)
    for (const { table, text, values } of made.rows.toReversed())
      await tx.query(`delete from ${table} where ${text}`, values)
    await note(tx, { ...made, rows: [] })
  })
  const now = await census(admin)
  const changed = Object.keys(made.counts).filter(label => now.counts[label] !== made.counts[label])
  await admin.transaction(async tx => {
    if (superuser) await tx.query(`set local session_replication_role = 'replica'`)
    for (const label of changed) {
      const told = made.marks.map((_, index) => `position($${index + 1} in to_jsonb(t)::text) > 0`).join(' or ')
      if (told !== '' && label in now.counts) await tx.query(`delete from only ${label} t where ${told}`, made.marks)
    }
    if (made.key !== null)
      await tx.query(`delete from upheld_guard.context_key where id = decode($1, 'hex')`, [made.key])
    for (const [label, last] of Object.entries(made.sequences)) {
      if (now.sequences[label] === last || !(label in now.sequences)) continue
      // A sequence that was never asked starts anew; any other goes back to where it was.
      if (last === null) await tx.query(`alter sequence ${label} restart`)
      else await tx.query('select setval($1, $2::bigint)', [label, last])
    }
  })
  for (const view of made.refreshed) await admin.query(`refresh materialized view ${view}`)
  const after = await census(admin)
  const left = changed.filter(label => label in after.counts && after.counts[label] !== made.counts[label])
  await dropLogin(admin, made.login)
  await admin.transaction(async tx => {
    await tx.query(`delete from ${journal} where id = (select max(id) from ${journal})`)
    const { rows } = await tx.query(`select 1 from ${journal} limit 1`)
    if (rows.length === 0) await tx.query(`drop schema ${schema} cascade`)
  })
  return left
}

async function dropLogin(admin: Database, login: string | null): Promise<void> {
  if (login === null || !/^upheld_probe_[0-9a-f]{12}$/.test(login)) return
  const { rows } = await admin.query('select 1 from pg_roles where rolname = $1', [login])
  if (rows.length === 0) return
  // Its sessions may have outlived their process.
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [login])
  await admin.query(`drop role ${login}`)
}
