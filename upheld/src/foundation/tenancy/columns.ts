import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import type { Field } from './ports.ts'
import type { Statements } from './tenancy.ts'
import type { SealedColumn, SealedColumns } from './unsealed.ts'

const rowsForm = z.array(
  z.object({
    relation: z.coerce.number(),
    attnum: z.number(),
    label: z.string(),
    keys: z.array(z.number()),
    subject: z.number().nullable(),
  }),
)

/** How long a table without a sealed column is believed to have none: a migration may add one while we run. */
const believedMs = 60_000

interface ColumnsReader {
  /** The sealed columns, read again when an answer has bytes of a table that was not there at the last look. */
  of(fields: readonly Field[], statements: Statements): Promise<SealedColumns>
}

/** What the catalogue says of sealed columns, remembered. The same for every organization. */
export function sealedColumns(clock: Clock): ColumnsReader {
  let known: SealedColumns = new Map()
  /** Tables that were there at the last look. */
  const tables = new Set<number>()
  let readMs = -Infinity
  let reading: Promise<SealedColumns> | undefined

  const read = async (statements: Statements): Promise<SealedColumns> => {
    const rows = await statements.sql`
      select relation::text, attnum::integer, label, coalesce(keys::integer[], '{}') as keys, subject::integer
      from upheld.sealed_columns() where label is not null`
    known = new Map(rowsForm.parse(rows).map(row => [`${row.relation}.${row.attnum}`, columnOf(row)]))
    return known
  }

  return {
    async of(fields, statements) {
      const asked = fields.filter(({ tableID }) => tableID !== 0).map(({ tableID }) => tableID)
      if (clock.monotonicMs() - readMs > believedMs) tables.clear()
      if (asked.some(table => !tables.has(table))) {
        reading ??= read(statements).finally(() => (reading = undefined))
        await reading
        if (tables.size === 0) readMs = clock.monotonicMs()
        for (const table of asked) tables.add(table)
      }
      return known
    },
  }
}

function columnOf({ label, keys, subject }: z.output<typeof rowsForm>[number]): SealedColumn {
  const dot = label.lastIndexOf('.')
  return {
    table: label.slice(0, dot),
    column: label.slice(dot + 1),
    keys,
    subject: subject ?? undefined,
  }
}
