import { z } from 'zod'
import { systemClock } from '../../../core/clock.ts'
import { codeOf } from '../attacks/index.ts'
import { judge } from '../judge.ts'
import type { Ground } from './ground.ts'

const rowsForm = z.array(
  z.object({ organization: z.string(), overdue: z.boolean(), opens: z.boolean(), overdue_at: z.date() }),
)

/** No organization waits for a review for longer than a year and some weeks, whatever its schedule. */
const farDays = 430

/** Every organization of this system: each is to be reviewed at some time, and none is past it. */
export async function attackOverdue(ground: Ground): Promise<void> {
  const { crowd, report, house, lonely } = ground
  const now = systemClock.now()
  const { rows } = await crowd.login.query(
    `select organization_id as organization, overdue_at, overdue_at <= $1 or coalesce(due_at <= $1::timestamptz - interval '1 day', false) as overdue,
       coalesce(opens_at, due_at) < overdue_at as opens
     from upheld_identity.review_due order by 1`,
    [now],
  )
  const due = rowsForm.parse(rows)
  report.population('organizations', Math.max(2, due.length))
  for (const id of [house, lonely]) {
    const row = due.find(({ organization }) => organization === id)
    const far = row === undefined || row.overdue_at.getTime() - now.getTime() > farDays * 86_400_000
    judge(ground, 'an organization that no review is due for', id, far, 'nobody will ask for one')
    judge(ground, 'a review that is not opened before it is overdue', id, row?.opens !== true, 'it opens too late')
  }
  for (const { organization, overdue } of due) {
    judge(ground, 'a review that is overdue', organization, overdue, 'its time is over')
  }
  await attackDates(ground)
}

/** Whoever steals a login moves no date and answers no line. */
async function attackDates({ world, report, crowd }: Ground): Promise<void> {
  for (const role of ['jobs', 'identity'] as const) {
    const login = role === 'identity' ? crowd.login : world.login(role)
    try {
      for (const [attack, text] of [
        ['put a review off for ever', `update upheld_identity.review_due set overdue_at = 'infinity', opens_at = null`],
        ['take an organization out of the list', 'delete from upheld_identity.review_due'],
        ['take a line out of a review', 'delete from upheld_access.review_item'],
        ['take a review away', 'delete from upheld_access.review'],
      ] as const) {
        const through = await login.query(text).then(
          () => true,
          (error: unknown) => {
            if (codeOf(error) === '42501') return false
            throw error
          },
        )
        judge({ report }, attack, `the login ${role}`, through, 'it was done')
      }
    } finally {
      if (role !== 'identity') await login.close()
    }
  }
}
