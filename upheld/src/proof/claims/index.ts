export { catalogueWith, plannedClaims } from './catalogue/catalogue.ts'
export { claim, claimDefinition, claimDigest } from './claim.ts'
export type {
  AttestedClaim,
  Claim,
  Finding,
  Mappings,
  PlannedClaim,
  Probe,
  ProvenClaim,
  Report,
  Sabotage,
  WithdrawnClaim,
} from './claim.ts'
export { cannotProbe } from './errors.ts'
export { installClaims } from './install.ts'
export { judge, type History, type OpenAttempt } from './judge.ts'
export { readLeaf, type ClaimLeaf, type Leaf, type ReadLeaf, type WithdrawalLeaf } from './leaf.ts'
export {
  checkPage,
  publishedPage,
  type PageSentence,
  type PageSource,
  type PublishedPage,
  type PublishedSentence,
} from './page.ts'
export type { AppendLeaf, ReadLog, VerifiedLog } from './ports.ts'
export type { OnProgress, Progress } from './progress.ts'
export { trustReport, type ClaimReport, type LogHead, type ReportOptions, type TrustReport } from './report.ts'
export { runClaim, type RunnerPorts } from './runner.ts'
export { scheduler, type Scheduler, type SchedulerOptions, type SchedulerPorts } from './scheduler.ts'
export type { Reason, RunRecord, Standing, Verdict } from './verdict.ts'
export { reasonWords } from './words.ts'
export type { LoginRole, OpenOptions, Retouch, Stage, TwinWorld, World } from './world.ts'
