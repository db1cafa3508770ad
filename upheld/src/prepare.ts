import type { Database } from './core/ports.ts'
import { installAudit } from './foundation/audit/index.ts'
import { installTenancy, type InstallOptions } from './foundation/tenancy/index.ts'
import { installPeople } from './guards/schema/index.ts'
import { installClaims } from './proof/claims/index.ts'
import { installEvidence } from './proof/evidence/index.ts'
import { installOrders } from './proof/orders/index.ts'

/**
 * Makes everything of ours in a database, before the application's own migrations run: what they are walled with has to
 * be there. Safe at every start; what somebody loosened in between is tightened again. Needs a superuser.
 */
export async function prepareDatabase(admin: Database, options: InstallOptions): Promise<void> {
  await installTenancy(admin, options)
  await installAudit(admin)
  await installPeople(admin)
  await installEvidence(admin)
  await installClaims(admin)
  await installOrders(admin)
}
