import type { Organization, People } from 'upheld'
import { type Page, page, type Position } from '../http/paging.ts'

/** What the desk keeps of a member: the name beside what they wrote, also once they are gone. */
interface Profile {
  /** Of the member in Upheld. */
  readonly id: string
  readonly name: string
}

const keptMax = 10_000
/** Profiles as this process wrote them last, so that a page that is read is no write. */
const kept = new Map<string, string>()

/** Written when somebody comes for the first time, and when their name changed. */
export async function keepProfile(organization: Organization, { id, name }: Profile): Promise<void> {
  if (kept.get(id) === name) return
  await writeProfile(organization, { id, name })
  if (kept.size >= keptMax) kept.clear()
  kept.set(id, name)
}

async function writeProfile(organization: Pick<Organization, 'id' | 'sql'>, { id, name }: Profile): Promise<void> {
  await organization.sql`
    insert into desk.member (organization_id, id, name) values (${organization.id}, ${id}, ${name})
    on conflict (organization_id, id) do update set name = excluded.name where member.name <> excluded.name`
}

/** Whoever is a member at this moment, by name. */
export async function listMembers(
  people: People,
  organization: Organization,
  { limit, after: [name, id] }: { readonly limit: number; readonly after: Position },
): Promise<Page<Profile>> {
  const rows = await people.identity.presentMembers(organization.id, { after: { name, id }, limit: limit + 1 })
  return page(rows, limit, row => [row.name, row.id])
}

/** For choosing one in a form: at most 500. */
export function listMemberNames(people: People, organization: Organization): Promise<readonly Profile[]> {
  return people.identity.presentMembers(organization.id, { limit: 500 })
}

/** False for whoever is no member at this moment: nothing is given to them. Their profile is there afterwards. */
export async function isMember(people: People, organization: Organization, id: string): Promise<boolean> {
  const member = await people.identity.presentMember(organization.id, id)
  if (member === undefined) return false
  await writeProfile(organization, member)
  return true
}

/** All names that were ever written beside something, at most 500: those of former members too. */
export function listProfiles(organization: Organization): Promise<Profile[]> {
  return organization.sql<{ id: string; name: string }>`select id, name from desk.member order by name, id limit 500`
}
