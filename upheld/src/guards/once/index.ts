export { burnOnce, claimOnce, issueOnce, voidOnce, type Issued, type Once } from './once.ts'
