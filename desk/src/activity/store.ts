import {
  type AuditEntry,
  type AuditPage,
  type AuditQuestion,
  type Organization,
  type People,
  searchAudit,
} from 'upheld'

/** A page of the account's audit log, with the names of those in it. */
export interface Activity extends AuditPage {
  /** Of members and API keys, by id; the log itself knows ids only. */
  readonly names: ReadonlyMap<string, string>
}

export async function listActivity(
  people: People,
  organization: Organization,
  question: AuditQuestion,
): Promise<Activity> {
  const found = await searchAudit(organization, question)
  return { ...found, names: await namesOf(people, organization, found.items) }
}

/** Whether something was logged already. */
export async function hasLog(organization: Organization): Promise<boolean> {
  return (await searchAudit(organization, { limit: 1 })).size > 0
}

async function namesOf(
  people: People,
  organization: Organization,
  items: readonly AuditEntry[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(items.map(({ says }) => says.actor.id))]
  if (ids.length === 0) return new Map()
  const [members, keys] = await Promise.all([
    organization.sql<{ id: string; name: string }>`
      select id, name from desk.member
      where id::text in (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`,
    items.some(({ says }) => says.actor.type === 'api-key') ? people.keys.list(organization.id) : [],
  ])
  return new Map([...members, ...keys].map(({ id, name }) => [id, name]))
}
