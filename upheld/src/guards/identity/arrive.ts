import type { FactorKind } from '../factors/index.ts'
import { issueOnce } from '../once/index.ts'
import { refuse } from './errors.ts'
import { recordAccountEvent } from './events.ts'
import { browserOf, labelOf, networkOf } from './origin.ts'
import { enqueueMailTo } from './outbox.ts'
import type { From, Parts } from './parts.ts'
import { strengthOf, type WayIn } from './policy.ts'
import type { Method } from './port.ts'
import { beginSession, endToken, type NewSession } from './sessions.ts'

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
}

/**
 * The only place where a session begins, on whichever way somebody came. Who has a second factor and has not proven
 * enough gets a ticket in its place: it opens nothing but the question for the second factor (R2, R13).
 * @throws identity.wrong_credentials for a person who is disabled or gone
 */
export async function arrive(parts: Parts, proof: Proof, from: From): Promise<Arrival> {
  if (strengthOf(proof.methods) === 2) return begin(parts, proof, from)
  const { second, usable } = await parts.factors.of(proof.personId)
  return second ? wait(parts, proof, from, usable) : begin(parts, proof, from)
}

async function wait(
  { database, clock }: Parts,
  { personId, methods, epoch }: Proof,
  from: From,
  usable: readonly FactorKind[],
): Promise<Waiting> {
  const { secret, expiresAt } = await issueOnce(
    database,
    {
      kind: ticketKind,
      owner: `person:${personId}`,
      subject: { methods, browser: browserOf(from), ...(epoch === undefined ? {} : { epoch }) },
      lifeSecs: ticketSecs,
    },
    clock.now(),
  )
  return Object.freeze({ needs: 'second-factor', ticket: secret, expiresAt, usable })
}

/**
 * Begins the session, and ends the one that this browser held. `claim` runs in the same transaction, before: what is used
 * up by the sign-in is used up together with it.
 */
export async function begin(
  parts: Parts,
  { personId, methods, way, epoch }: Proof,
  from: From,
  claim: (tx: Parameters<typeof beginSession>[0]) => Promise<void> = async () => undefined,
): Promise<Arrived> {
  const [label, network] = [labelOf(from.agent), networkOf(from.address)]
  const { token: device, device: known } = await parts.factors.devices.remember({
    personId,
    label,
    network,
    token: from.device,
  })
  const begun = await parts.database.transaction(async tx => {
    await claim(tx)
    if (from.session !== undefined) await endToken(tx, from.session)
    const session = await beginSession(tx, parts, { personId, methods, deviceId: known.id, label, network, epoch })
    if (session === undefined) throw refuse.wrong_credentials()
    const now = parts.clock.now()
    await recordAccountEvent(tx, { personId, action: 'session.begun', network, detail: { way, methods, label } }, now)
    if (device !== from.device && way !== 'sign-up')
      await enqueueMailTo(tx, personId, { kind: 'new-device', detail: { label, network } }, now)
    return session
  })
  return Object.freeze({ needs: 'nothing', ...begun, device })
}
