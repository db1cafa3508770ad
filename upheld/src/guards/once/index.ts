export { burnOnce, claimOnce, issueOnce, peekOnce, voidOnce, type Issued, type Once } from './once.ts'
