import { randomBytes } from 'node:crypto'
import type { Queryable } from '../../core/ports.ts'
import type { DeviceClaim, FactorKind } from '../factors/index.ts'
import { issueOnce } from '../once/index.ts'
import { refuse } from './errors.ts'
import { browserOf, labelOf, networkOf } from './origin.ts'
import type { From, Parts } from './parts.ts'
import { holdPerson } from './person.ts'
import { strengthOf, type WayIn } from './policy.ts'
import type { Method } from './port.ts'
import { beginSession, type NewSession } from './sessions.ts'

/** Five minutes for the second factor. */
const ticketSecs = 300
export const ticketKind = 'sign-in-ticket'

/** A session, and the token of the device that the browser keeps. */
export interface Arrived extends NewSession {
  readonly needs: 'nothing'
  readonly device: string
}

/** The first factor was right, and nothing is open yet. */
export interface Waiting {
  readonly needs: 'second-factor'
  /** Good for one session, in the browser that began. */
  readonly ticket: string
  readonly expiresAt: Date
  /** What the person can answer with. */
  readonly usable: readonly FactorKind[]
}

export type Arrival = Arrived | Waiting

/** What was proven just now, and on which way. */
export interface Proof {
  readonly personId: string
  readonly methods: readonly Method[]
  readonly way: WayIn
  /** The person's, read before the proof was checked: what was changed meanwhile makes the proof one of before. */
  readonly epoch?: number | undefined
  /** False: it was read together with `epoch` that there is no second factor. The database looks again all the same. */
  readonly second?: false
  /** The organization whose provider said it: the session enters that one alone. Left out where the person proved it. */
  readonly organizationId?: string | undefined
  /** When a provider asked them, if that was before now. */
  readonly provenAt?: Date | undefined
}

/**
 * The only place where a session begins, on whichever way somebody came. Who has a second factor and has not proven
 * enough gets a ticket in its place: it opens nothing but the question for the second factor (R2, R13).
 * @throws identity.wrong_credentials for a person who is disabled or gone
 */
export async function arrive(parts: Parts, proof: Proof, from: From): Promise<Arrival> {
  if (strengthOf(proof.methods) === 2 || proof.second === false) return begin(parts, proof, from)
  const { second, usable } = await parts.factors.of(proof.personId)
  return second ? wait(parts, proof, from, usable) : begin(parts, proof, from)
}

async function wait(
  { database, clock }: Parts,
  { personId, methods, epoch, organizationId }: Proof,
  from: From,
  usable: readonly FactorKind[],
): Promise<Waiting> {
  const { secret, expiresAt } = await issueOnce(
    database,
    {
      kind: ticketKind,
      owner: `person:${personId}`,
      subject: {
        methods,
        browser: browserOf(from),
        ...(epoch === undefined ? {} : { epoch }),
        ...(organizationId === undefined ? {} : { organizationId }),
      },
      lifeSecs: ticketSecs,
    },
    clock.now(),
  )
  return Object.freeze({ needs: 'second-factor', ticket: secret, expiresAt, usable })
}

/**
 * Begins the session, and ends the one that this browser held, in one statement. `claim` runs in the same transaction,
 * before: what is used up by the sign-in is used up together with it.
 * @throws identity.wrong_credentials
 */
export async function begin(
  parts: Parts,
  proof: Proof,
  from: From,
  claim?: (tx: Queryable) => Promise<void>,
): Promise<Arrived> {
  const { personId, methods, way, epoch, organizationId, provenAt } = proof
  const [label, network] = [labelOf(from.agent), networkOf(from.address)]
  const device = vouchedFor(proof) ? undefined : parts.factors.devices.claim(from.device)
  const of = { personId, methods, way, epoch, organizationId, provenAt, device, label, network, ended: from.session }
  const begun =
    claim === undefined
      ? await beginSession(parts.database, parts, of)
      : await parts.database.transaction(async tx => {
          await holdPerson(tx, personId)
          await claim(tx)
          return (await beginSession(tx, parts, of)) ?? nobodyBegins()
        })
  const { token, session, isNew } = begun ?? nobodyBegins()
  return Object.freeze({ needs: 'nothing', token, session, device: deviceToken(device, isNew, from) })
}

function nobodyBegins(): never {
  throw refuse.wrong_credentials()
}

/**
 * A browser becomes a known device by what the person proved in it. The word of a provider makes none: whoever runs it
 * could make any number, and guess at the person's password with the budget of each.
 */
function vouchedFor({ organizationId, methods }: Proof): boolean {
  return organizationId !== undefined && methods.every(method => method === 'sso' || method === 'sso-mfa')
}

function deviceToken(claimed: DeviceClaim | undefined, isNew: boolean, { device }: From): string {
  if (claimed !== undefined && (isNew || device === undefined)) return claimed.fresh.token
  return device ?? randomBytes(32).toString('base64url')
}
