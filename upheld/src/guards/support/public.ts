import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'

/** What the public page says of emergencies. */
export interface GlassFacts {
  readonly broken: number
  readonly reviewedInTime: number
  /** Not reviewed, and its 72 hours are over. */
  readonly overdue: number
}

const row = z.tuple([z.object({ broken: z.int(), in_time: z.int(), overdue: z.int() })])

/** Emergencies of the last twelve months, in all organizations together. For the login of the public page: it reads times and nothing else. */
export async function publicGlass(page: Queryable, now: Date): Promise<GlassFacts> {
  const { rows } = await page.query(
    `select count(*)::int as broken, count(*) filter (where reviewed_at <= review_due_at)::int as in_time,
       count(*) filter (where reviewed_at is null and review_due_at < $1)::int as overdue
     from upheld_identity.broken_glass where broken_at > $1::timestamptz - interval '1 year'`,
    [now],
  )
  const [{ broken, in_time: reviewedInTime, overdue }] = row.parse(rows)
  return { broken, reviewedInTime, overdue }
}
