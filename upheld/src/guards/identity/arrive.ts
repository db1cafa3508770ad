import { randomBytes } from 'node:crypto'
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
  if (strengthOf(proof.methods) === 2) return begin(parts, proof, from)
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
 * Begins the session, and ends the one that this browser held. `claim` runs in the same transaction, before: what is used
 * up by the sign-in is used up together with it.
 */
export async function begin(
  parts: Parts,
  { way, ...proof }: Proof,
  from: From,
  claim: (tx: Parameters<typeof beginSession>[0]) => Promise<void> = async () => undefined,
): Promise<Arrived> {
  const [label, network] = [labelOf(from.agent), networkOf(from.address)]
  const { personId, methods } = proof
  const { device, deviceId, isNew } = await deviceFor(parts, proof, from)
  const begun = await parts.database.transaction(async tx => {
    await claim(tx)
    if (from.session !== undefined) await endToken(tx, from.session)
    const session = await beginSession(tx, parts, { ...proof, deviceId, label, network })
    if (session === undefined) throw refuse.wrong_credentials()
    const now = parts.clock.now()
    await recordAccountEvent(tx, { personId, action: 'session.begun', network, detail: { way, methods, label } }, now)
    if (isNew && way !== 'sign-up')
      await enqueueMailTo(tx, personId, { kind: 'new-device', detail: { label, network } }, now)
    return session
  })
  return Object.freeze({ needs: 'nothing', ...begun, device })
}

/**
 * A browser becomes a known device by what the person proved in it. The word of a provider makes none: whoever runs it
 * could make any number, and guess at the person's password with the budget of each.
 */
async function deviceFor(
  { factors }: Parts,
  { personId, methods, organizationId }: Omit<Proof, 'way'>,
  { agent, address, device }: From,
): Promise<{ readonly device: string; readonly deviceId: string | undefined; readonly isNew: boolean }> {
  if (organizationId !== undefined && methods.every(method => method === 'sso' || method === 'sso-mfa'))
    return { device: device ?? randomBytes(32).toString('base64url'), deviceId: undefined, isNew: false }
  const found = await factors.devices.remember({
    personId,
    label: labelOf(agent),
    network: networkOf(address),
    token: device,
  })
  return { device: found.token, deviceId: found.device.id, isNew: found.token !== device }
}
