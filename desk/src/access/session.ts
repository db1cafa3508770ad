import { randomUUID } from 'node:crypto'
import type { Actor, Entered, Markup, Organization, People, Upheld } from 'upheld'
import { refuse } from '../errors.ts'
import { keepProfile } from '../people/store.ts'
import type { Permission } from './permissions.ts'

/** Whoever is inside of an account, for one request: a member, or support whom the account let in. Asked anew for each. */
export interface Session extends Pick<Entered, 'name' | 'roles' | 'formToken'> {
  /** Rows of the account: what is done through it stands in the activity under whoever asks. */
  readonly organization: Organization
  /** A member, and not support. */
  readonly inPerson: boolean
  may(permission: Permission): boolean
  /** Their id, for a row that names its author. @throws desk.not_permitted for support, which is nobody here */
  memberId(): string
  /** The rows for somebody who may do more, such as open a sealed column. @throws desk.not_permitted for support */
  acting(more: Pick<Actor, 'opens'>): Organization
  /** What stands above every page while support is let in. */
  banner(): Promise<Markup | ''>
}

/** The session of a request, or the answer that leads where one begins. */
export async function openSession(
  { upheld, people }: { readonly upheld: Upheld; readonly people: People },
  request: Request,
): Promise<Session | Response> {
  const errand = { purpose: 'support-desk', request: randomUUID() }
  const entered = await people.site.enter(request, errand)
  if (entered instanceof Response) return entered
  const { organization, id, name, roles, formToken, support } = entered
  if (support === undefined) await keepProfile(organization, { id, name })
  const memberId = (): string => {
    if (support !== undefined) throw refuse.not_permitted({ detail: 'support' })
    return id
  }
  return Object.freeze({
    organization,
    name,
    roles,
    formToken,
    inPerson: support === undefined,
    may: (permission: Permission) => entered.may(permission),
    memberId,
    acting: (more: Pick<Actor, 'opens'>) =>
      upheld.organization(organization.id).as({ type: 'member', id: memberId(), ...errand, ...more }),
    banner: () => people.site.banner(entered),
  })
}
