import type { TrustReport, TurnNow } from '../../proof/claims/index.ts'
import { securityTxtState, securityTxtWarning } from '../trust/index.ts'
import type { House } from './ports.ts'

/** One thing that was looked at. What could not be looked at is unknown, never well. */
export interface Fact {
  readonly id: string
  readonly ok: boolean | 'unknown'
  readonly says: string
  readonly mend?: string
}

/** A prover says that it lives every 20 s while it waits; in a run, its lease says so. */
const silentMsMax = 90_000
/** The recorder gathers for 50 ms; what waits for longer waits for it. */
const recordingMsMax = 60_000
const mailingMsMax = 600_000
/** A witness that is behind for a day has stopped. */
const witnessedMsMax = 86_400_000

/** What the running processes know of themselves, by the logins that this one has. */
export async function factsOf(house: House, report: TrustReport, turns: readonly TurnNow[]): Promise<readonly Fact[]> {
  const { desk, witnesses, page, clock } = house
  const now = clock.now()
  const [waiting, provers, orders, seen] = await Promise.all([
    desk.waiting(),
    desk.provers(),
    desk.orders(),
    witnesses(),
  ])
  const warning = securityTxtWarning(page, now.getTime())
  const { expires } = securityTxtState(page, now.getTime())
  const working = turns.some(({ running }) => running) || orders.some(({ held }) => held)
  return [
    { id: 'database', ok: true, says: `Postgres ${waiting.version} answers.` },
    proverFact(provers[0]?.seen_at, working, now),
    queueFact(
      'recorder',
      'entries wait for the recorder',
      waiting.recording,
      waiting.recording_since,
      recordingMsMax,
      now,
    ),
    queueFact('mails', 'mails wait to be sent', waiting.mails, waiting.mails_since, mailingMsMax, now),
    ...(waiting.mails_given_up === 0
      ? []
      : [
          { id: 'mails.given-up', ok: false, says: `${waiting.mails_given_up} mails were given up within seven days.` },
        ]),
    {
      id: 'security.txt',
      ok: warning === undefined,
      says: warning ?? `It counts until ${expires.slice(0, 10)}.`,
    },
    logFact(report),
    ...witnessFacts(seen, report.log?.size ?? 0, now),
  ]
}

function proverFact(seenAt: Date | undefined, working: boolean, now: Date): Fact {
  const id = 'prover'
  if (working) return { id, ok: true, says: 'A prover is in a run.' }
  const mend = 'Look at the terminal of upheld up, and at the log of the prover.'
  if (seenAt === undefined) return { id, ok: false, says: 'No prover was heard of within a day.', mend }
  const secs = Math.max(0, Math.round((now.getTime() - seenAt.getTime()) / 1000))
  if (secs * 1000 <= silentMsMax) return { id, ok: true, says: `A prover was heard of ${secs} s ago.` }
  return { id, ok: false, says: `No prover was heard of for ${secs} s.`, mend }
}

function queueFact(id: string, what: string, many: number, since: Date | null, msMax: number, now: Date): Fact {
  if (since === null) return { id, ok: true, says: `No ${what}.` }
  const secs = Math.max(0, Math.round((now.getTime() - since.getTime()) / 1000))
  return { id, ok: secs * 1000 <= msMax, says: `${many} ${what}, the oldest for ${secs} s.` }
}

function logFact({ log, recordFault }: TrustReport): Fact {
  const id = 'log'
  if (recordFault !== undefined) return { id, ok: false, says: recordFault }
  if (log === undefined) return { id, ok: 'unknown', says: 'The log was not read.' }
  return {
    id,
    ok: true,
    says: `${log.size} entries, signed ${log.signedAt.slice(0, 19).replace('T', ' ')} UTC, root ${log.root}.`,
  }
}

function witnessFacts(seen: Awaited<ReturnType<House['witnesses']>>, size: number, now: Date): readonly Fact[] {
  if (seen.length === 0) {
    const mend = 'Let somebody else run one: upheld witness.'
    return [{ id: 'witnesses', ok: 'unknown', says: 'The log is shown to no witness.', mend }]
  }
  return seen.map(({ name, signed }) => {
    const id = `witness ${name}`
    if (signed === undefined) return { id, ok: false, says: 'It has signed nothing yet.' }
    const late = signed.size < size && now.getTime() - Date.parse(signed.at) > witnessedMsMax
    const says = `It signed ${signed.size} of ${size} entries, ${signed.at.slice(0, 19).replace('T', ' ')} UTC.`
    return late ? { id, ok: false, says, mend: 'Ask whoever runs it why it signs no more.' } : { id, ok: true, says }
  })
}
