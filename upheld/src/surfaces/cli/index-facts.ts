import { z } from 'zod'
import { noneOf, type Fact } from '../../adapters/postgres/inspect/index.ts'
import type { Database } from '../../core/ports.ts'
import { planBlindIndex } from '../../foundation/vault/index.ts'

/** Fewer rows of one organization say little of how many values there will be. */
const rowsMin = 100
/** Of one column, so that a large table is not read to its end. */
const rowsRead = 100_000

const columnsSql = `
  select format('%I.%I', n.nspname, c.relname) as relation, quote_ident(a.attname) as name,
    substring(c2.says from ' in (\\d{1,3}) bits')::integer as bits, substring(c2.says from '; even so: (.*)$') as even_so
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  cross join lateral (select coalesce(col_description(a.attrelid, a.attnum), '') as says) c2
  where a.atttypid = to_regtype('upheld.blind_index') and not a.attisdropped and c.relkind in ('r', 'p')
    and not c.relispartition and exists (select from pg_attribute o
      where o.attrelid = a.attrelid and o.attname = 'organization_id' and not o.attisdropped)
  order by 1, 2`
const columnForm = z.object({
  relation: z.string(),
  name: z.string(),
  bits: z.number().nullable(),
  even_so: z.string().nullable(),
})
const countForm = z.object({ rows: z.coerce.number(), distinct: z.coerce.number() })

/**
 * Blind indexes over columns that have too few different values, by what stands in them: how often one stands there tells
 * what it is. Counted in the organization that has the most rows; the reason for one that is meant stands in its comment.
 */
export async function blindIndexFact(admin: Database): Promise<Fact> {
  const { rows } = await admin.query(columnsSql)
  const faults: string[] = []
  for (const { relation, name, bits, even_so } of z.array(columnForm).parse(rows)) {
    const counted = await admin.query(
      `select count(*) as rows, count(distinct digest) as "distinct"
       from (select organization_id, ${name} as digest from ${relation} where ${name} is not null limit ${rowsRead}) t
       group by organization_id order by count(*) desc limit 1`,
    )
    const [most] = z.array(countForm).parse(counted.rows)
    if (most === undefined || most.rows < rowsMin || isPlanned(most, bits, even_so ?? undefined)) continue
    faults.push(`${relation}.${name} (${most.distinct} values in ${most.rows} rows)`)
  }
  return noneOf(
    'vault.indexes',
    faults,
    'No blind index tells by its frequencies what it hides, as far as there are rows to count.',
    'Blind indexes over too few different values',
    "Drop the index and look it up another way, or say why that may be known: comment on column … is '…; even so: <8 to 500 characters>'.",
  )
}

/** Digests of few bits run together: where most of them are taken, how many values there are cannot be told. */
function isPlanned(found: z.output<typeof countForm>, bits: number | null, evenSo: string | undefined): boolean {
  if (bits !== null && bits > 2 && found.distinct > 2 ** bits / 4) return true
  try {
    return planBlindIndex(found, evenSo).bits > 0
  } catch {
    return false
  }
}
