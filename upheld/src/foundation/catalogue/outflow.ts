import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import type { Catalogue, Publication } from './facts.ts'
import { readSection, type Unseen } from './section.ts'

const publicationText = `
select
  p.pubname::text as name,
  pg_catalog.pg_get_userbyid(p.pubowner)::text as owner,
  p.puballtables as "allTables",
  (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('oid', t.oid::text, 'filtered', t.filtered)), '[]'::json) from (
    select r.prrelid as oid, r.prqual is not null as filtered from pg_catalog.pg_publication_rel r where r.prpubid = p.oid
    union all
    select c.oid, false from pg_catalog.pg_publication_namespace s
    join pg_catalog.pg_class c on c.relnamespace = s.pnnspid and c.relkind in ('r', 'p')
    where s.pnpubid = p.oid
  ) t) as tables
from pg_catalog.pg_publication p
order by 1`

const publicationRow = z.strictObject({
  name: z.string(),
  owner: z.string(),
  allTables: z.boolean(),
  tables: z.array(z.strictObject({ oid: z.string(), filtered: z.boolean() })),
})

export async function readPublications(
  tx: Queryable,
  onUnseen: (unseen: Unseen) => void,
): Promise<readonly Publication[]> {
  return readSection(tx, { name: 'publications', text: publicationText, row: publicationRow }, [], onUnseen)
}

/** Whoever may not see connection strings may still count subscriptions. */
export async function readSubscriptions(tx: Queryable, onUnseen: (unseen: Unseen) => void): Promise<number> {
  const text = `select pg_catalog.count(subname)::integer as count from pg_catalog.pg_subscription
    where subdbid = (select oid from pg_catalog.pg_database where datname = current_database())`
  const row = z.strictObject({ count: z.int() })
  const [found] = await readSection(tx, { name: 'publications', text, row }, [], onUnseen)
  return found?.count ?? 0
}

/** Logical slots of this database: each hands out every row that is written, past row security. */
export async function readSlots(tx: Queryable, onUnseen: (unseen: Unseen) => void): Promise<Catalogue['slots']> {
  const text = `select slot_name::text as name, plugin::text as plugin from pg_catalog.pg_replication_slots
    where database = current_database() order by 1`
  const row = z.strictObject({ name: z.string(), plugin: z.string() })
  return readSection(tx, { name: 'publications', text, row }, [], onUnseen)
}

/** Large objects have an owner and a list of rights, and no organization. */
export async function readLargeObjects(
  tx: Queryable,
  onUnseen: (unseen: Unseen) => void,
): Promise<Catalogue['largeObjects']> {
  const text = `select pg_catalog.count(*)::integer as count,
      coalesce(pg_catalog.array_agg(distinct pg_catalog.pg_get_userbyid(lomowner)::text), '{}') as owners
    from pg_catalog.pg_largeobject_metadata`
  const row = z.strictObject({ count: z.int(), owners: z.array(z.string()) })
  const [found] = await readSection(tx, { name: 'large objects', text, row }, [], onUnseen)
  return found ?? { count: 0, owners: [] }
}
