import { z } from 'zod'
import { line } from './inputs.ts'

/** Where a list goes on: the sort key and the id of the last item that was shown. */
export type Position = readonly [key: string, id: string]

export interface Page<T> {
  readonly items: readonly T[]
  /** Hand it back as `after`; null at the end. */
  readonly next: string | null
}

/** What a list accepts that falls from the newest, and one that rises by name. Without a cursor they begin before the first row. */
export const newestFirst = pageQuery(time(), ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'])
export const oldestFirst = pageQuery(time(), ['-infinity', '00000000-0000-0000-0000-000000000000'])
export const byName = pageQuery(line(300), ['', '00000000-0000-0000-0000-000000000000'])

/** Of `limit + 1` rows that were asked for, the last only tells that there are more. */
export function page<T>(rows: readonly T[], limit: number, positionOf: (row: T) => Position): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  if (rows.length <= limit || last === undefined) return { items, next: null }
  return { items, next: Buffer.from(JSON.stringify(positionOf(last))).toString('base64url') }
}

function pageQuery(key: z.ZodType<string>, start: Position) {
  const position = z.tuple([key, z.uuid()])
  const cursor = z
    .string()
    .max(1000)
    .transform((text, context): Position => {
      const read = position.safeParse(parse(Buffer.from(text, 'base64url').toString()))
      if (read.success) return read.data
      context.addIssue({ code: 'custom', message: 'is not a cursor of this list' })
      return z.NEVER
    })
  return z.strictObject({
    limit: z.coerce.number().int().min(1).max(100).default(25),
    after: cursor.default(start),
  })
}

/** As `toISOString` writes it, in this millennium: nothing that Postgres would not read. */
function time() {
  return z.iso.datetime({ precision: 3 }).startsWith('2')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
