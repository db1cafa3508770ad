import { UpheldError } from '../../../core/errors.ts'
import { presentStaff, visitUnder } from '../../../guards/support/index.ts'
import { paths } from '../paths.ts'
import type { Entered, House } from '../ports.ts'
import { formTokenOf } from '../reading.ts'

interface Chosen {
  readonly organizationId: string
  readonly grantId: string
}

const name = 'support'
/** No grant lives longer. */
const ageSecs = 7_200
const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const form = new RegExp(`^(${uuid})\\.(${uuid})$`)

/** The grant that this browser goes by. It is no secret and gives nothing: each request is asked for anew. */
function chosen(house: House, request: Request): Chosen | undefined {
  const [, organizationId, grantId] = form.exec(house.cookies.readOther(request, name) ?? '') ?? []
  return organizationId === undefined || grantId === undefined ? undefined : { organizationId, grantId }
}

export function chosenCookie(house: House, { organizationId, grantId }: Chosen): string {
  return house.cookies.setOther(name, `${organizationId}.${grantId}`, ageSecs)
}

export function endChosen(house: House): string {
  return house.cookies.setOther(name, '', 0)
}

interface Led {
  readonly redirect: `/${string}`
  readonly cookies?: readonly string[]
}

/** What a page is told when a grant does not let in any more: all of these lead back to where one is chosen. */
const over = ['support.not_live', 'support.bad_signature', 'tenancy.no_grant', 'core.bad_organization_id']

/**
 * Somebody of the operator on a page of the application: into the organization of the grant that they chose, as staff, and
 * to nothing that the grant does not name. Undefined for whoever is no staff: they go the way of members.
 */
export async function enterAsSupport(house: House, request: Request): Promise<Entered | Led | undefined> {
  const token = house.cookies.read(request)
  const session = token === undefined ? undefined : await house.identity.verify(token)
  if (token === undefined || session === undefined) return undefined
  const { support, access } = house
  try {
    const present = await presentStaff(support, session)
    const grant = chosen(house, request)
    if (grant === undefined) return { redirect: paths.staff }
    const visit = await visitUnder(support, present, grant.organizationId, grant.grantId)
    const { writes, permissions, case: caseId } = visit.statement
    const may = (permission: string): boolean => {
      const rule = access.isPermission(permission) ? access.permissions[permission] : undefined
      if (rule === undefined || !permissions.includes(permission)) return false
      return rule.staff === 'read' || (rule.staff === 'write' && writes)
    }
    return Object.freeze({
      organization: visit.organization,
      organizationName: visit.organizationName,
      id: session.personId,
      name: 'Support',
      roles: [],
      formToken: formTokenOf(token),
      may,
      support: Object.freeze({ until: visit.expiresAt, writes, caseId }),
    })
  } catch (thrown) {
    const code = thrown instanceof UpheldError ? thrown.code : ''
    if (code === 'support.not_staff') return undefined
    if (over.includes(code)) return { redirect: paths.staff, cookies: [endChosen(house)] }
    if (code === 'support.weak_session') return { redirect: paths.secondNeeded }
    throw thrown
  }
}
