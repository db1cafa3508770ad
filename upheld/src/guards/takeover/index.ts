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
