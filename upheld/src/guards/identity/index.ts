export { assertFresh, freshSecs, isFresh, type FreshAction } from './actions.ts'
export { normalizeEmail, normalizeName } from './address.ts'
export { type Arrival, type Arrived, type Waiting } from './arrive.ts'
export { type InvitedTo, type OwnOrganization } from './belonging.ts'
export { type PasswordChange } from './change.ts'
export { clearIdentity } from './clear.ts'
export { sessionCookies, type SessionCookies } from './cookies.ts'
export { deliverMails, giveUpMs, type Delivered, type DeliverPorts } from './deliver.ts'
export { enterThrough, type EntranceParts, type Errand } from './entrance.ts'
export { refuse as refuseIdentity } from './errors.ts'
export { type RecordedEvent } from './events.ts'
export { type ChangeOf, type FactorsChanged } from './factor-change.ts'
export { openIdentity, type Identity, type IdentityPorts } from './identity.ts'
export { type ImportedMember, type ImportedPerson } from './import.ts'
export { type Invitation, type OpenInvitation } from './invitations.ts'
export {
  letter,
  moment as momentInMail,
  type MailToWrite,
  type MailWriter,
  type WriterHand,
  type WrittenMail,
} from './letter.ts'
export { type Mailer, type OutgoingMail } from './mailer.ts'
export { type MemberFacts, type MemberPage } from './members.ts'
export { ownerNotices } from './notices.ts'
export { offerOperatorLink } from './operator.ts'
export { parseIdentityOptions, parseLinkOptions, type LinkOptions } from './options.ts'
export { type Founded } from './organizations.ts'
export { networkOf } from './origin.ts'
export { enqueueMail, enqueueMailTo, type NewMail } from './outbox.ts'
export { type SessionFacts } from './own-sessions.ts'
export { type From } from './parts.ts'
export { type PasskeySignIn } from './passkey.ts'
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
export { type PasskeyRequest, type SecondProof } from './second.ts'
export { type OrganizationRules, type SupportRule } from './rules.ts'
export { hashOfToken, type NewSession } from './sessions.ts'
export { type Credentials } from './sign-in.ts'
export { type SignUp } from './sign-up.ts'
export { type StepUpProof } from './step-up.ts'
