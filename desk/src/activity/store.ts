import { type AuditEntry, type AuditPage, type AuditQuestion, type Organization, searchAudit } from 'upheld'

/** A page of the account's audit log, with the names of those in it. */
export interface Activity extends AuditPage {
  /** Of members and API keys, by id; the log itself knows ids only. */
  readonly names: ReadonlyMap<string, string>
}

export async function listActivity(organization: Organization, question: AuditQuestion): Promise<Activity> {
  const found = await searchAudit(organization, question)
  return { ...found, names: await namesOf(organization, found.items) }
}

/** Whether something was logged already. */
export async function hasLog(organization: Organization): Promise<boolean> {
  return (await searchAudit(organization, { limit: 1 })).size > 0
}

async function namesOf(organization: Organization, items: readonly AuditEntry[]): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(items.map(({ says }) => says.actor.id))]
  if (ids.length === 0) return new Map()
  const rows = await organization.sql<{ id: string; name: string }>`
    with asked as (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) as id)
    select member.id::text as id, member.name from desk.member join asked on asked.id = member.id::text
    union all
    select api_key.id::text, api_key.name from desk.api_key join asked on asked.id = api_key.id::text`
  return new Map(rows.map(({ id, name }) => [id, name]))
}
