import type { Member } from '../route.ts'

/** What to call whoever made something here, by the identifier of a member. */
export async function makersOf(
  { house, entry }: Pick<Member, 'house' | 'entry'>,
  memberIds: readonly string[],
): Promise<(memberId: string) => string> {
  const mayRead = entry.set.may('organization.members.read')
  const names = mayRead ? await house.identity.memberNames(entry, memberIds) : undefined
  return memberId => {
    if (memberId === entry.memberId) return 'you'
    return names === undefined ? 'another member' : (names.get(memberId) ?? 'somebody who left')
  }
}
