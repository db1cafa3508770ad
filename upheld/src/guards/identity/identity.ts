import type { Clock } from '../../core/clock.ts'
import type { Database } from '../../core/ports.ts'
import type { Tenancy } from '../../foundation/tenancy/index.ts'
import type { Access } from '../access/index.ts'
import type { Factors } from '../factors/index.ts'
import type { Passwords } from '../passwords/index.ts'
import type { Takeover } from '../takeover/index.ts'
import { arrive, type Proof } from './arrive.ts'
import { invitedTo, ownOrganizations } from './belonging.ts'
import { changePassword } from './change.ts'
import { askEmailChange, confirmEmailChange, undoEmailChange } from './email-change.ts'
import { enter } from './entrance.ts'
import { accountEvents, type RecordedEvent } from './events.ts'
import { changeFactors, type ChangeOf } from './factor-change.ts'
import { firstLink } from './first-link.ts'
import { importMember, importPerson, nameOrganization } from './import.ts'
import { acceptInvitation, invite, openInvitations, revokeInvitation } from './invitations.ts'
import { deletePerson, disablePerson, enablePerson, leaveOrganization, organizationsOf } from './leaving.ts'
import { addOverrides, changeRoles, withdrawOverrides } from './member-access.ts'
import { listMembers, memberFacts, memberNames } from './members.ts'
import { parseIdentityOptions } from './options.ts'
import {
  endMemberSessions,
  foundOrganization,
  removeMember,
  resumeMember,
  suspendMember,
  transferOwnership,
} from './organizations.ts'
import { beginOperator, isOperatorLink } from './operator.ts'
import { endOtherSessions, endSession, listSessions, signOut } from './own-sessions.ts'
import type { From, Parts } from './parts.ts'
import { pacedForAll } from './pace.ts'
import { beginPasskey, signInWithPasskey } from './passkey.ts'
import { personOf } from './person.ts'
import { noStaff, type StaffPolicy } from './policy.ts'
import type { IdentityPort, VerifiedSession } from './port.ts'
import { askReset, reset } from './recovery.ts'
import { presentMember, presentMembers } from './present.ts'
import { organizationRules, renameOrganization, setSecondFactorRule, setSupportRule } from './rules.ts'
import { beginSecondPasskey, second } from './second.ts'
import { checkSession, endSessions } from './sessions.ts'
import { signIn } from './sign-in.ts'
import { confirmSignUp, signUp } from './sign-up.ts'
import { beginStepUpPasskey, ownSessionFor, renewed, sessionFor, stepUp } from './step-up.ts'

export interface IdentityPorts {
  /** The login of identity, bound to no organization. */
  readonly database: Database
  /** The same login, bound to one organization at a time. */
  readonly tenancy: Tenancy
  readonly clock: Clock
  readonly passwords: Passwords
  readonly factors: Factors
  readonly takeover: Takeover
  /** What `defineAccess` made. */
  readonly access: Access
  /** What the operator asks of people who work for it; nobody is one unless told. */
  readonly staff?: StaffPolicy
  /** See options.ts: limits of sessions, words of context. */
  readonly options?: unknown
}

/** Everything that a page does for a person. Each entry is one way in or one act; its own file says what it throws. */
export type Identity = ReturnType<typeof openIdentity>

/** @throws identity.bad_options with every problem at once */
export function openIdentity({ options = {}, staff = noStaff, ...ports }: IdentityPorts) {
  const parts: Parts = Object.freeze({ ...ports, staff, options: parseIdentityOptions(options) })
  return Object.freeze({
    ...waysOf(parts),
    ...sessionsOf(parts),
    ...accountOf(parts),
    ...organizationActs(parts),
    options: parts.options,
  })
}

/** The same function with its parts given. */
function bound<R extends unknown[], T>(parts: Parts, work: (parts: Parts, ...rest: R) => T): (...rest: R) => T {
  return (...rest) => work(parts, ...rest)
}

function waysOf(parts: Parts) {
  return {
    signUp: bound(parts, signUp),
    confirmSignUp: bound(parts, confirmSignUp),
    signIn: bound(parts, signIn),
    second: bound(parts, second),
    beginSecondPasskey: bound(parts, beginSecondPasskey),
    beginPasskey: bound(parts, beginPasskey),
    signInWithPasskey: bound(parts, signInWithPasskey),
    askReset: bound(parts, askReset),
    reset: bound(parts, reset),
    /** For other ways in, such as single sign-on, once they have proven something: a session or a ticket, as for all. */
    arrive: (proof: Proof & { readonly way: 'sso' | 'sso-mfa' }, from: From) => arrive(parts, proof, from),
    /** For the beginning of such a way, which costs a row and a call: counted for the address that it comes from. */
    paced: <T>(what: string, from: From, work: () => Promise<T>) => pacedForAll(parts, what, from, work),
    signOut: bound(parts, signOut),
    isOperatorLink: bound(parts, isOperatorLink),
    beginOperator: bound(parts, beginOperator),
  }
}

function sessionsOf(parts: Parts) {
  const port: IdentityPort = { verify: token => checkSession(parts, token) }
  return {
    ...port,
    /** The same, and a refusal in place of nothing. */
    session: (token: string): Promise<VerifiedSession> => sessionFor(parts, token),
    enter: bound(parts, enter),
    stepUp: bound(parts, stepUp),
    beginStepUpPasskey: bound(parts, beginStepUpPasskey),
    renew: bound(parts, renewed),
    listSessions: bound(parts, listSessions),
    endSession: bound(parts, endSession),
    endOtherSessions: bound(parts, endOtherSessions),
    endMemberSessions: bound(parts, endMemberSessions),
    /** An act of the operator: all of one person. Answers with how many there were. */
    endSessionsOf: (personId: string) => endSessions(parts.database, personId),
  }
}

function accountOf(parts: Parts) {
  return {
    person: async (token: string) => {
      const { id, name, email, hash } = await personOf(parts.database, (await sessionFor(parts, token)).personId)
      return Object.freeze({ id, name, email, hasPassword: hash !== undefined })
    },
    events: async (token: string): Promise<readonly RecordedEvent[]> =>
      accountEvents(parts.database, (await ownSessionFor(parts, token)).personId),
    changePassword: bound(parts, changePassword),
    changeFactors: <T>(
      token: string,
      from: From,
      work: (factors: Factors, session: VerifiedSession) => Promise<ChangeOf<T>>,
    ) => changeFactors(parts, token, from, work),
    askEmailChange: bound(parts, askEmailChange),
    confirmEmailChange: bound(parts, confirmEmailChange),
    undoEmailChange: bound(parts, undoEmailChange),
    disablePerson: bound(parts, disablePerson),
    enablePerson: bound(parts, enablePerson),
    deletePerson: bound(parts, deletePerson),
  }
}

function organizationActs(parts: Parts) {
  return {
    organizations: async (token: string): Promise<readonly string[]> => {
      const { personId, organizationId } = await sessionFor(parts, token)
      const all = await organizationsOf(parts, personId)
      return organizationId === undefined ? all : all.filter(id => id === organizationId)
    },
    ownOrganizations: bound(parts, ownOrganizations),
    foundOrganization: bound(parts, foundOrganization),
    leaveOrganization: bound(parts, leaveOrganization),
    organizationRules: bound(parts, organizationRules),
    renameOrganization: bound(parts, renameOrganization),
    setSecondFactorRule: bound(parts, setSecondFactorRule),
    setSupportRule: bound(parts, setSupportRule),
    listMembers: bound(parts, listMembers),
    memberFacts: bound(parts, memberFacts),
    memberNames: bound(parts, memberNames),
    presentMembers: bound(parts, presentMembers),
    presentMember: bound(parts, presentMember),
    changeRoles: bound(parts, changeRoles),
    addOverrides: bound(parts, addOverrides),
    withdrawOverrides: bound(parts, withdrawOverrides),
    removeMember: bound(parts, removeMember),
    suspendMember: bound(parts, suspendMember),
    resumeMember: bound(parts, resumeMember),
    transferOwnership: bound(parts, transferOwnership),
    invite: bound(parts, invite),
    revokeInvitation: bound(parts, revokeInvitation),
    openInvitations: bound(parts, openInvitations),
    invitedTo: bound(parts, invitedTo),
    acceptInvitation: bound(parts, acceptInvitation),
    importPerson: bound(parts, importPerson),
    importMember: bound(parts, importMember),
    nameOrganization: bound(parts, nameOrganization),
    firstLink: bound(parts, firstLink),
  }
}
