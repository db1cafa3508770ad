export { placesOf } from './places.ts'
export { proofOfWork, solveWork, type WorkOptions } from './proof-of-work.ts'
export { challengeOf, openTakeover } from './takeover.ts'
export {
  type Asked,
  type Attempt,
  type Challenge,
  type Guessed,
  type Outcome,
  type OwnerNotice,
  type Takeover,
  type TakeoverAlert,
  type TakeoverOptions,
  type Ticket,
  type Visitor,
} from './shapes.ts'
