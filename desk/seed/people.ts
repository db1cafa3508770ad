import { randomBytes } from 'node:crypto'
import { addStaff, type Organization, type People } from 'upheld'
import type { Member } from './invent.ts'
import type { House } from './names.ts'

/** People of the operator, who help where they are let in. They are members nowhere. */
export const staff = [
  { name: 'Ines Calderwick', email: 'ines.calderwick@northwind-desk.example' },
  { name: 'Oskar Winterbourne', email: 'oskar.winterbourne@northwind-desk.example' },
] as const

/**
 * The members of a house, as they come from the system that it used before. Gives the id of each in Upheld, by the one that
 * was invented. What is there already, because an earlier run was cut off, stays.
 */
export async function importHouse(
  people: People,
  { id }: Organization,
  house: House,
  members: readonly Member[],
): Promise<ReadonlyMap<string, string>> {
  await people.identity.nameOrganization(id, house.name)
  const here = await membersByEmail(people, id)
  const ids = new Map<string, string>()
  for (const { id: invented, email, name, role } of members) {
    const known = here.get(email)
    const given = { organizationId: id, email, name, roles: [role], hash: hashOfBefore() }
    ids.set(invented, known ?? (await people.identity.importMember(given)).memberId)
  }
  return ids
}

/** Exceptions, a key and an invitation, so that the pages have something to show. Each is made once. */
export async function furnishHouse(people: People, { id }: Organization, ids: readonly string[]): Promise<void> {
  const [owner = '', admin = '', agent = ''] = ids
  const members = people.members.organization(id)
  const [ends] = await members.sql<{ expiresAt: Date; reviewAt: Date }>`
    select now() + interval '60 days' as "expiresAt", now() + interval '30 days' as "reviewAt"
    where not exists (select from upheld_access.override)`
  if (ends === undefined) return
  const scopes = ['conversation.read', 'contact.read', 'visitor.vouch']
  await people.keys.create(id, { memberId: owner }, { name: 'Shop website', scopes, days: 90 })
  await people.origins.add(id, { memberId: owner }, 'https://shop.example')
  const operator = members.as({ type: 'operator', id: 'seed', purpose: 'import' })
  await operator.sql`
    insert into upheld_access.invitation (organization_id, email, roles, invited_by, created_at, expires_at)
    values (${id}, 'new.colleague@post.example', '{agent}', ${owner}, now(), now() + interval '7 days')
    on conflict do nothing`
  // Last: it says that all of this is done.
  await people.roles.addOverrides(members, { memberId: owner }, [
    { memberId: agent, permission: 'revenue.read', effect: 'allow', reason: 'Prepares the yearly talks.', ...ends },
    { memberId: admin, permission: 'note.read', effect: 'deny', reason: 'Knows some of them in person.', ...ends },
  ])
}

/** The same person each time, whoever ran before. */
export async function importStaff(people: People): Promise<readonly string[]> {
  const ids: string[] = []
  for (const one of staff) {
    const personId = await people.identity.importPerson({ ...one, hash: hashOfBefore() })
    await addStaff(people.support, personId, 'seed')
    ids.push(personId)
  }
  return ids
}

/** Of the members of an organization, by their address. */
export async function personIds(people: People, { id }: Organization): Promise<ReadonlyMap<string, string>> {
  const rows = await people.members.organization(id).sql<{ id: string; email: string }>`
    select person.id, person.email from upheld_access.member
    join upheld_identity.person on person.id = member.person_id`
  return new Map(rows.map(row => [row.email, row.id]))
}

async function membersByEmail(people: People, organizationId: string): Promise<ReadonlyMap<string, string>> {
  const rows = await people.members.organization(organizationId).sql<{ id: string; email: string }>`
    select member.id, person.email from upheld_access.member
    join upheld_identity.person on person.id = member.person_id`
  return new Map(rows.map(row => [row.email, row.id]))
}

/**
 * A hash as the old system exported it: bcrypt, of a password that nobody knows, because there never was one. Whoever is
 * invented here comes in by a link, and chooses.
 */
function hashOfBefore(): string {
  const letters = randomBytes(39).toString('base64').replaceAll('+', '.')
  // Salt and hash each end in a letter whose spare bits are none.
  return `$2b$10$${letters.slice(0, 21)}u${letters.slice(21, 51)}u`
}
