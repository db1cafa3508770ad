export { loginRoles, siteOf } from './world.ts'
export { catalogueWith, plannedClaims } from './catalogue/catalogue.ts'
export { claim } from './check.ts'
export { instrumentsOf, noticersOf } from './claim.ts'
export type {
  AttestedClaim,
  Claim,
  Extent,
  Finding,
  Instrument,
  Mappings,
  PlannedClaim,
  Probe,
  ProvenClaim,
  Report,
  Sabotage,
  WithdrawnClaim,
} from './claim.ts'
export { concludeLook } from './conclude.ts'
export { claimDefinition, claimDigest } from './definition.ts'
export { cannotProbe } from './errors.ts'
export { installClaims } from './install.ts'
export { judge, type History, type OpenAttempt } from './judge.ts'
export { readLeaf, type ClaimLeaf, type Leaf, type ReadLeaf, type WithdrawalLeaf } from './leaf.ts'
export {
  publishedPage,
  type PageNote,
  type PageSentence,
  type PageSource,
  type PublishedPage,
  type PublishedSentence,
  type SecurityTxtSource,
} from './page.ts'
export type { AppendLeaf, ReadLog, VerifiedLog } from './ports.ts'
export type { OnProgress, Progress } from './progress.ts'
export { trustReport, type ClaimReport, type LogHead, type ReportOptions, type TrustReport } from './report.ts'
export { runClaim, trySabotage, type RunnerPorts, type Trial } from './runner.ts'
export { sourceDigest } from './source.ts'
export { openTally } from './tally.ts'
export { scheduler, type Scheduler, type SchedulerOptions, type SchedulerPorts } from './scheduler.ts'
export type { Reason, RunRecord, Standing, TriedSabotage, Verdict } from './verdict.ts'
export { isUnreachable } from './unreachable.ts'
export { turnsNow, type TurnNow } from './whose.ts'
export { reasonWords } from './words.ts'
export type {
  Around,
  ContextFlaw,
  Disk,
  DiskWatch,
  Entrance,
  Keys,
  LoginRole,
  OpenOptions,
  OutputMark,
  OutputPiece,
  Outputs,
  PeopleGround,
  RawPiece,
  Recording,
  Retouch,
  ServerLogMark,
  Stage,
  TwinLogin,
  TwinWorld,
  World,
} from './world.ts'
