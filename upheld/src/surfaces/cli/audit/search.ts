import { refuse } from '../../../foundation/audit/search/index.ts'
import type { Invocation } from '../command.ts'
import { findOrganization } from './organization.ts'

/**
 * Whoever operates a system is not the organization, and may not look around in its log: a grant of support is for its
 * rows, in the application, and for somebody with a session. The answer is no.
 * @throws audit_search.no_grant, always, once it is known what was meant
 */
export async function auditSearch({ settings }: Invocation): Promise<number> {
  const { id } = await findOrganization(settings)
  throw refuse.no_grant({ detail: id })
}
