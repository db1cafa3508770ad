import type { OrganizationId } from '../../../core/ids.ts'
import type { Credentials } from '../../../routes.ts'
import { noRole } from '../routes.ts'
import { domainOf, openSession, type FurnishedMembers, type FurnishPorts } from './furnish.ts'

/**
 * A throw-away organization of a stranger: a member for each role, one without any, one whom nobody needs, each with a
 * session. Nobody of the operator, and nothing that calls or writes to anybody: a stranger holds all of it.
 */
export async function furnishOutsider(
  { people: { identity, access }, database, clock }: FurnishPorts,
  organizationId: OrganizationId,
  mark: string,
): Promise<FurnishedMembers> {
  await identity.nameOrganization(organizationId, mark)
  const members: Record<string, { memberId: string; personId: string }> = {}
  const roles: Record<string, Credentials> = {}
  const others = Object.keys(access.roles).filter(role => role !== 'owner')
  // As for our own prover, where there is one.
  const plainest = others.includes('agent') ? 'agent' : (others.at(-1) ?? 'owner')
  const come = async (name: string): Promise<void> => {
    const given = name === noRole ? [] : [name === 'colleague' ? plainest : name]
    const email = `${name.replaceAll(' ', '-')}@${domainOf(organizationId)}`
    const made = await identity.importMember({ organizationId, email, name: `${mark} ${name}`, roles: given })
    members[name] = made
    if (name !== 'colleague')
      roles[name] = (await openSession(database, made.personId, organizationId, clock)).credentials
  }
  // The owner first: nobody else can be a member of an organization without one.
  await come('owner')
  await Promise.all([...others, noRole, 'colleague'].map(come))
  const idOf = (name: string): string => members[name]?.memberId ?? ''
  return {
    members,
    furnishing: { ids: { member: idOf(plainest), colleague: idOf('colleague') }, roles },
  }
}
