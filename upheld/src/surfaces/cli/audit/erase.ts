import { z } from 'zod'
import { erasePersonal } from '../../../foundation/audit/index.ts'
import { exit, type Invocation } from '../command.ts'
import { refuse } from '../errors.ts'
import { findOrganization } from './organization.ts'
import { withKeeping } from './keeping.ts'

const entriesForm = z.array(z.uuid()).min(1).max(1_000)
const found = z.array(z.object({ entry: z.string(), name: z.string() }))

/** Takes away the personal values of entries. The entries stay, and each erasure is an entry as well. */
export async function auditErase({ settings, terminal }: Invocation): Promise<number> {
  const entries = entriesForm.safeParse(settings.entry?.split(',').map(text => text.trim())).data
  if (entries === undefined) throw refuse.bad_option({ detail: '--entry: ids of entries, with commas between them' })
  const { id: organization } = await findOrganization(settings)
  return withKeeping(settings, 'audit erase', async ({ db, operator }) => {
    const { rows } = await db.query(
      `select entry, name from upheld_audit.disclosure
       where organization_id = $1 and entry = any ($2::uuid[]) and erased_by is null order by entry, name`,
      [organization, entries],
    )
    const values = found.parse(rows)
    if (settings.yes !== organization) {
      for (const { entry, name } of values) terminal.say(`  ${entry}  ${name}`)
      terminal.say(`${values.length} personal values would be erased, for good. Nothing was changed.`)
      terminal.say(`To do it: --yes ${organization}`)
      terminal.document({ values, erased: 0 })
      return exit.unproven
    }
    const said: string[] = []
    for (const entry of new Set(values.map(value => value.entry))) {
      said.push(await erasePersonal(db, { organization, entry }, operator))
    }
    terminal.say(`${values.length} personal values are erased. The log says so in ${said.length} entries.`)
    terminal.say(
      'Copies stay in backups of the database, and in bundles that were taken before, for as long as those last.',
    )
    terminal.document({ values, erased: values.length, entries: said })
    return exit.upheld
  })
}
