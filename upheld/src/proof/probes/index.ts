import type { ProvenClaim } from '../claims/index.ts'
import { accessReviewed } from './access-reviewed/claim.ts'
import { auditComplete } from './audit-complete/claim.ts'
import { encryptionAtRest } from './encryption-at-rest/claim.ts'
import { encryptionFields } from './encryption-fields/claim.ts'
import { encryptionKeys } from './encryption-keys/claim.ts'
import { isolationObjects } from './isolation-objects/claim.ts'
import { isolationRoutes } from './isolation-routes/claim.ts'
import { isolationRows } from './isolation-rows/claim.ts'
import { limitsEnforced } from './limits-enforced/claim.ts'
import { logsRestricted } from './logs-restricted/claim.ts'
import { productionLeastPrivilege } from './least-privilege/claim.ts'
import { mfaEnforced } from './mfa-enforced/claim.ts'
import { passwordsHashed } from './passwords-hashed/claim.ts'
import { roadmapHonest } from './roadmap-honest/claim.ts'
import { rolesEnforced } from './roles-enforced/claim.ts'
import { sessionsSound } from './sessions-sound/claim.ts'
import { supportByConsent } from './support-consent/claim.ts'
import { takeoverBlocked } from './takeover-blocked/claim.ts'
import { widgetScoped } from './widget-scoped/claim.ts'

/** The claims of the catalogue that Upheld attacks today, for any application. */
export const provenClaims: readonly ProvenClaim[] = Object.freeze([
  isolationRows,
  isolationRoutes,
  isolationObjects,
  encryptionFields,
  encryptionKeys,
  encryptionAtRest,
  passwordsHashed,
  mfaEnforced,
  takeoverBlocked,
  limitsEnforced,
  sessionsSound,
  rolesEnforced,
  supportByConsent,
  accessReviewed,
  widgetScoped,
  productionLeastPrivilege,
  auditComplete,
  logsRestricted,
  roadmapHonest,
])

// For whoever attacks over HTTP alone, without a world: the same code, one level below the claims.
export type { Crawl, Other } from './isolation-routes/crawl.ts'
export { nameOf, draftOf, writes, written } from './isolation-routes/draft.ts'
export { walkFromOutside } from './isolation-routes/outside.ts'
export { tracesOf } from './isolation-routes/traces.ts'
export type { Answer, Asked } from './isolation-routes/wire.ts'
export { forgeriesOf } from './sessions-sound/forged.ts'
export { readPromises } from './roadmap-honest/claim.ts'
