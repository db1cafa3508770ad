import { z } from 'zod'
import { UpheldError } from '../../core/errors.ts'
import { assertFresh } from './actions.ts'
import { refuse } from './errors.ts'
import { recordAccountEvent } from './events.ts'
import { networkOf } from './origin.ts'
import { enqueueMailTo } from './outbox.ts'
import type { From, Parts } from './parts.ts'
import { holdPerson } from './person.ts'
import { methods, type Method } from './port.ts'
import { endSessions, endToken } from './sessions.ts'
import { knownDevice } from './sign-in.ts'
import { ownSessionFor } from './step-up.ts'

/** A session as its person sees it. No token, and nothing that a token could be made of. */
export interface SessionFacts {
  readonly id: string
  /** The one that asks. */
  readonly current: boolean
  readonly label: string
  readonly network: string
  readonly startedAt: Date
  readonly seenAt: Date
  readonly expiresAt: Date
  readonly methods: readonly Method[]
}

const row = z.object({
  id: z.string(),
  label: z.string(),
  network: z.string(),
  created_at: z.date(),
  seen_at: z.date(),
  expires_at: z.date(),
  methods: z.array(z.enum(methods)),
})
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Those that are alive, newest first. @throws identity.no_session */
export async function listSessions(parts: Parts, token: string): Promise<readonly SessionFacts[]> {
  const session = await ownSessionFor(parts, token)
  const { rows } = await parts.database.query(
    `select id, label, network, created_at, seen_at, expires_at, methods from upheld_identity.session
     where person_id = $1 and expires_at > $2 and seen_at + make_interval(secs => idle_secs) > $2
     order by created_at desc, id`,
    [session.personId, parts.clock.now()],
  )
  return rows.map(given => {
    const { created_at: startedAt, seen_at: seenAt, expires_at: expiresAt, ...rest } = row.parse(given)
    return Object.freeze({ ...rest, startedAt, seenAt, expiresAt, current: rest.id === session.id })
  })
}

/** One of one's own. That of somebody else is as absent as one that never was. @throws identity.no_session, prove_again, absent */
export async function endSession(parts: Parts, token: string, id: string, from: From): Promise<void> {
  const { database, clock } = parts
  const { personId, ...session } = await ownSessionFor(parts, token)
  assertFresh(session, 'end-sessions', clock.now())
  if (!uuidForm.test(id)) throw refuse.absent()
  const { rows } = await database.query(
    `delete from upheld_identity.session where id = $1 and person_id = $2 returning device_id`,
    [id, personId],
  )
  if (rows[0] === undefined) throw refuse.absent()
  await forgetDevice(parts, personId, z.string().nullable().parse(rows[0]['device_id']), from)
  const network = networkOf(from.address)
  await recordAccountEvent(database, { personId, action: 'session.ended', network }, clock.now())
}

/** The browser that was used in it, unless it is the one that asks. */
async function forgetDevice(parts: Parts, personId: string, deviceId: string | null, from: From): Promise<void> {
  if (deviceId === null || deviceId === (await knownDevice(parts, personId, from))) return
  try {
    await parts.factors.devices.revoke(personId, deviceId)
  } catch (thrown) {
    // It was forgotten before, and that is as well.
    if (!(thrown instanceof UpheldError) || thrown.code !== 'factors.absent') throw thrown
  }
}

/** All but this one. Answers with how many there were. @throws identity.no_session, prove_again */
export async function endOtherSessions(parts: Parts, token: string, from: From): Promise<number> {
  const { database, clock } = parts
  const { id, personId, provenAt } = await ownSessionFor(parts, token)
  assertFresh({ provenAt }, 'end-sessions', clock.now())
  return database.transaction(async tx => {
    await holdPerson(tx, personId)
    const ended = await endSessions(tx, personId, id)
    await parts.factors.devices.forgetOthers(tx, personId, from.device)
    const [now, network] = [clock.now(), networkOf(from.address)]
    await recordAccountEvent(tx, { personId, action: 'session.others-ended', network, detail: { ended } }, now)
    if (ended > 0) await enqueueMailTo(tx, personId, { kind: 'sessions-ended', detail: { network } }, now)
    return ended
  })
}

/** Ends the session of this token, whatever the token is. Says nothing of whether there was one. */
export async function signOut({ database, clock }: Parts, token: string, from: From): Promise<void> {
  const ended = await endToken(database, token)
  if (ended === undefined) return
  const personId = String(ended['person_id'])
  const network = networkOf(from.address)
  await recordAccountEvent(database, { personId, action: 'session.ended', network }, clock.now())
}
