export { type Application, type PeopleOfApplication } from './application.ts'
export { auditBundle, type BundleOptions } from './audit.ts'
export { defineErrors, UpheldError } from './core/errors.ts'
export { organizationId, type OrganizationId } from './core/ids.ts'
export { type Clock } from './core/clock.ts'
export { type LinkedObjects, type ObjectFacts } from './foundation/objects/index.ts'
export { type Caller, type Database, type Queryable, type Row } from './core/ports.ts'
export { searchAudit, type AuditEntry, type AuditPage, type AuditQuestion } from './foundation/audit/search/index.ts'
export { gapDetector, type Arrival, type GapDetector } from './foundation/audit/siem/index.ts'
export {
  blindIndex,
  blindIndexes,
  sealed,
  type Actor,
  type ContextKey,
  type ContextKeys,
  type Organization,
  type Sealed,
  type SealedPlace,
  type Sql,
  type Statements,
} from './foundation/tenancy/index.ts'
export { type UpheldCellsOptions, type UpheldOptions } from './options.ts'
export {
  claim,
  type Around,
  type Claim,
  type Entrance,
  type Extent,
  type Finding,
  type LoginRole,
  type Probe,
  type Report,
  type Sabotage,
  type Stage,
  type TwinWorld,
  type World,
} from './proof/claims/index.ts'
export {
  freshText,
  idOf,
  secretOf,
  type Credentials,
  type DeclaredRoute,
  type Example,
  type FurnishedPeople,
  type ExampleFile,
  type Furnishing,
  type Paging,
  type Routes,
} from './routes.ts'
export { addStaff } from './guards/support/index.ts'
export { rewrapKeys } from './rewrap.ts'
export { openLook, pageHeaders, type Look, type Markup, type PageHeadersOptions } from './surfaces/look/index.ts'
export { declareRoutes, defineAccess, type Access } from './guards/access/index.ts'
export { type PeopleBend } from './people-bend.ts'
export { openPeople, type People, type PeoplePorts } from './people.ts'
export { type PeopleOptions } from './people-options.ts'
export { type Entered, type PeopleSite } from './surfaces/people/index.ts'
export {
  upheld,
  upheldCells,
  type HeldObjects as Objects,
  type Upheld,
  type UpheldCellsPorts,
  type UpheldPorts,
} from './upheld.ts'
