export { assertFresh, freshSecs, isFresh, type FreshAction } from './actions.ts'
export { normalizeEmail, normalizeName } from './address.ts'
export { type Arrival, type Arrived, type Waiting } from './arrive.ts'
export { clearIdentity } from './clear.ts'
export { sessionCookies, type SessionCookies } from './cookies.ts'
export { deliverMails, giveUpMs, type Delivered, type DeliverPorts } from './deliver.ts'
export { enterThrough, type EntranceParts, type Errand } from './entrance.ts'
export { refuse as refuseIdentity } from './errors.ts'
export { openIdentity, type Identity, type IdentityPorts } from './identity.ts'
export { letter, type MailToWrite, type MailWriter, type WriterHand, type WrittenMail } from './letter.ts'
export { type Mailer, type OutgoingMail } from './mailer.ts'
export { ownerNotices } from './notices.ts'
export { parseIdentityOptions, parseLinkOptions, type LinkOptions } from './options.ts'
export { networkOf } from './origin.ts'
export { enqueueMail, enqueueMailTo, type NewMail } from './outbox.ts'
export { type From } from './parts.ts'
export { strengthOf, waysIn, type SecondFactorRule, type StaffPolicy, type WayIn } from './policy.ts'
export {
  methods,
  type Entrance,
  type Entry,
  type Halt,
  type IdentityPort,
  type Method,
  type VerifiedSession,
} from './port.ts'
export { type SecondProof } from './second.ts'
export { type NewSession } from './sessions.ts'
