import { z } from 'zod'
import { systemClock } from '../../../core/clock.ts'
import type { Database } from '../../../core/ports.ts'
import { normalizeEmail } from '../../../guards/identity/index.ts'
import { addStaff, endStaff } from '../../../guards/support/index.ts'
import { adminUrlOf } from '../attach.ts'
import { exit, type Invocation } from '../command.ts'
import { refuse } from '../errors.ts'
import { withAdmin } from '../system/server.ts'
import { existingState } from '../system/state.ts'

/** Whoever was not here for so long is asked about. */
const staleDays = 90

/** Makes somebody who has an account one of the operator's people. @throws cli.unknown_person, support.staff_is_no_member */
export function staffAdd(invocation: Invocation): Promise<number> {
  return onSystem(invocation, async admin => {
    const { terminal } = invocation
    const { id, email, second } = await personOf(admin, invocation)
    await addStaff({ database: admin, clock: systemClock }, id, account())
    terminal.say(
      `${terminal.strong(email)} works for the operator now, and is staff ${id.slice(0, 8)} in the logs of customers.`,
    )
    if (!second)
      terminal.say(terminal.doubt('They have no second factor yet: nothing is open to them before they add one.'))
    terminal.document({ added: id, email, secondFactor: second })
    return exit.upheld
  })
}

/** Ends it: with the next statement they are out of every customer. @throws cli.unknown_person, cli.no_staff */
export function staffEnd(invocation: Invocation): Promise<number> {
  return onSystem(invocation, async admin => {
    const { terminal } = invocation
    const { id, email } = await personOf(admin, invocation)
    const before = await liveGrants(admin, id)
    if (before === undefined) throw refuse.no_staff({ detail: email })
    await endStaff({ database: admin, clock: systemClock }, id)
    terminal.say(
      `${terminal.strong(email)} does not work for the operator any more. Grants that ended with it: ${before}.`,
    )
    terminal.document({ ended: id, email, grants: before })
    return exit.upheld
  })
}

/** Who works for the operator, what is open to them, and when they were last here. */
export function staffList(invocation: Invocation): Promise<number> {
  return onSystem(invocation, async admin => {
    const { settings, terminal } = invocation
    const now = systemClock.now()
    const all = listRows.parse((await admin.query(listText)).rows)
    const isStale = ({ seen_at: seen, added_at: added }: Listed): boolean =>
      now.getTime() - Math.max(seen?.getTime() ?? 0, added.getTime()) >= staleDays * 86_400_000
    const shown = settings.stale === 'yes' ? all.filter(isStale) : all
    for (const one of shown) terminal.say(lineOf(one, terminal))
    if (shown.length === 0)
      terminal.say(
        settings.stale === 'yes' ? `Everybody was here within ${staleDays} days.` : 'Nobody works for the operator.',
      )
    terminal.document({ staff: shown.map(one => ({ ...one, stale: isStale(one) })) })
    return settings.stale === 'yes' && shown.length > 0 ? exit.unproven : exit.upheld
  })
}

function lineOf(
  { email, id, grants, seen_at: seen, second, added_by: by }: Listed,
  { strong, quiet, doubt }: Invocation['terminal'],
): string {
  const here = seen === null ? 'never here' : `last here ${seen.toISOString().slice(0, 10)}`
  const open = grants === 0 ? 'no grants' : `${grants} grants`
  return `${strong(email)}  staff ${id.slice(0, 8)}  ${open}, ${here}${second ? '' : `, ${doubt('no second factor')}`} ${quiet(`added by ${by}`)}`
}

async function onSystem({ settings }: Invocation, work: (admin: Database) => Promise<number>): Promise<number> {
  const state = existingState(settings.state)
  const adminUrl = adminUrlOf(state, settings)
  if (adminUrl === undefined) throw refuse.no_system({ detail: state.folder })
  return withAdmin(adminUrl, work)
}

/** Who sits at this machine, as the log of it knows them. */
function account(): string {
  return `uid-${process.getuid?.() ?? 'unknown'}`
}

const secondFactor = `(exists (select from upheld_identity.totp t where t.person_id = p.id and t.confirmed_at is not null)
  or exists (select from upheld_identity.passkey k where k.person_id = p.id and k.suspect_at is null)) as second`
const personRows = z.array(z.object({ id: z.string(), email: z.string(), second: z.boolean() }))

async function personOf(admin: Database, { positionals: [address = ''] }: Invocation) {
  const { rows } = await admin.query(
    `select p.id, p.email, ${secondFactor} from upheld_identity.person p where p.email = $1`,
    [normalizeEmail(address)],
  )
  const [person] = personRows.parse(rows)
  if (person === undefined) throw refuse.unknown_person({ detail: address })
  return person
}

/** Undefined for whoever is none of the operator's people. */
async function liveGrants(admin: Database, id: string): Promise<number | undefined> {
  const { rows } = await admin.query(
    `select (select count(*)::integer from upheld_guard.support_grant g
       where g.staff_id = s.person_id::text and g.ended_at is null and g.expires_at > clock_timestamp()) as grants
     from upheld_identity.staff s where s.person_id = $1 and s.ended_at is null`,
    [id],
  )
  return z.array(z.object({ grants: z.number() })).parse(rows)[0]?.grants
}

const listText = `
  select p.id, p.email, s.added_at, s.added_by, p.disabled_at, ${secondFactor},
    (select count(*)::integer from upheld_guard.support_grant g
      where g.staff_id = p.id::text and g.ended_at is null and g.expires_at > clock_timestamp()) as grants,
    greatest((select max(o.seen_at) from upheld_identity.session o where o.person_id = p.id),
      (select max(e.at) from upheld_identity.event e where e.person_id = p.id),
      (select max(g.starts_at) from upheld_guard.support_grant g where g.staff_id = p.id::text)) as seen_at
  from upheld_identity.staff s join upheld_identity.person p on p.id = s.person_id
  where s.ended_at is null order by p.email`
const listRows = z.array(
  z.object({
    id: z.string(),
    email: z.string(),
    added_at: z.date(),
    added_by: z.string(),
    disabled_at: z.date().nullable(),
    second: z.boolean(),
    grants: z.number(),
    seen_at: z.date().nullable(),
  }),
)
type Listed = z.output<typeof listRows>[number]
