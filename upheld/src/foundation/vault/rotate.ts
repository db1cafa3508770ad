import { pause } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import type { OrganizationId } from '../../core/ids.ts'
import { refuseKey } from './chain-errors.ts'
import { forEach, type Pace } from './crowd.ts'
import { openKeyring, type Keyring, type KeyPorts } from './keyring.ts'
import type { KeyDomain } from './ports.ts'
import { isLive, kekDomain, sealing } from './records.ts'
import { activate, endOlder, outgoing, prepare, settlingMs, type Turn } from './turn.ts'

export interface Rotation {
  /** RFC 3339. Keys made since then are new enough: whoever goes on after a kill says the moment of the first start. */
  readonly since: string
  /** How long a new key is readable everywhere before it seals, and how long others may still seal with the old one. */
  readonly settleMs: number
  /** Left out: everybody that keys are kept for. */
  readonly organization?: OrganizationId
}

export interface Rotated {
  /** Keys that took the place of an older one. */
  readonly turned: number
  /** Older keys that are no more. */
  readonly ended: number
  readonly failed: readonly (Turn & { readonly code: string })[]
  /** False when it was stopped before the end; the same call goes on. */
  readonly complete: boolean
}

/** Between the moment when an old KEK wraps no more and the count of what it wrapped: a key that was just being made. */
const drainMs = 3_000
/** Wall time and the time that we wait by do not end in the same millisecond. */
const roundingMs = 50

/**
 * A new KEK for each organization: made, left until every process can read it, made the one that wraps; then the data
 * keys are wrapped anew, and the old KEK is ended. No row is touched.
 */
export async function rotateKeks(ports: KeyPorts, rotation: Rotation, pace: Pace = {}): Promise<Rotated> {
  const ring = openKeyring(ports)
  const run = runOver(ring, rotation, pace, async organization => [{ organization, domain: kekDomain }])
  await run.turnAll()
  await run.rest(run.outgoing() === 0 ? 0 : Math.min(drainMs, rotation.settleMs))
  await run.each('data keys wrapped anew', async turn => {
    await rewrapDataKeys(ring, turn.organization)
    return endOlder(ring, turn)
  })
  return run.result()
}

/** Which data keys are meant, and what ends an old one: every value that it sealed is sealed anew. */
export interface DataRotation extends Rotation {
  readonly domains: (domain: KeyDomain) => boolean
  /** Resolves with true when nothing is left under older keys of this domain, as counted now. */
  readonly emptied: (turn: Turn) => Promise<boolean>
}

/**
 * A new epoch of data keys. Processes may seal with the old one until their caches forget it, so the count that lets
 * the floor rise is taken after that.
 */
export async function rotateDataKeys(ports: KeyPorts, rotation: DataRotation, pace: Pace = {}): Promise<Rotated> {
  const ring = openKeyring(ports)
  const run = runOver(ring, rotation, pace, async organization => {
    const domains = await ports.store.domains(organization)
    return domains
      .filter(domain => domain !== kekDomain && rotation.domains(domain))
      .map(domain => ({ organization, domain }))
  })
  await run.turnAll()
  await run.rest(run.outgoing() === 0 ? 0 : rotation.settleMs)
  await run.each('older keys emptied', async turn => {
    if (outgoing(await ring.shelf(turn.organization, turn.domain)).length === 0) return 0
    return (await rotation.emptied(turn)) ? endOlder(ring, turn) : 0
  })
  return run.result()
}

/** Every data key of an organization under the KEK that wraps now. */
async function rewrapDataKeys(ring: Keyring, organization: OrganizationId): Promise<void> {
  const keks = await ring.shelf(organization, kekDomain)
  const record = sealing(keks.records)
  if (record === undefined || outgoing(keks).length === 0) return
  const current = await ring.kek(await ring.assertOpens(keks, record))
  const { store } = ring.ports
  for (const domain of await store.domains(organization)) {
    if (domain === kekDomain) continue
    const shelf = await ring.shelf(organization, domain)
    for (const data of shelf.records) {
      // What is below its floor came back from a backup: it gets no new life.
      if (data.epoch < shelf.floor || !isLive(data) || data.wrappedBy === `kek:${current.id}`) continue
      const now = ring.rewrappedData(data, await ring.kekOf(data, keks), current)
      if (!(await store.replace(data, now))) throw refuseKey.key_contended({ detail: domain })
      await ring.tell(now, 'rewrapped')
    }
  }
}

interface Run {
  /** Makes the new keys, waits until they have settled, and lets them seal. */
  turnAll(): Promise<void>
  rest(ms: number): Promise<void>
  /** `work` gives how many keys it ended. */
  each(says: string, work: (turn: Turn) => Promise<number>): Promise<void>
  outgoing(): number
  result(): Rotated
}

/** One phase for everybody before the next one begins: the time to settle is waited for once, not for each. */
function runOver(
  ring: Keyring,
  { since, settleMs, organization }: Rotation,
  pace: Pace,
  turnsOf: (organization: OrganizationId) => Promise<readonly Turn[]>,
): Run {
  const { clock, store } = ring.ports
  const failed: (Turn & { code: string })[] = []
  const count = { turned: 0, ended: 0, outgoing: 0 }
  let complete = true

  async function* turns(): AsyncGenerator<Turn> {
    const all = organization === undefined ? store.organizations() : [organization]
    for await (const one of all) {
      for (const turn of await turnsOf(one)) {
        const known = failed.some(({ organization: o, domain }) => o === one && domain === turn.domain)
        if (!known) yield turn
      }
    }
  }
  const phase = async (says: string, work: (turn: Turn) => Promise<void>): Promise<void> => {
    if (!complete) return
    let done = 0
    complete = await forEach(turns(), pace, async turn => {
      try {
        await work(turn)
      } catch (thrown) {
        if (!(thrown instanceof UpheldError) || !isOfOneKey(thrown)) throw thrown
        failed.push({ ...turn, code: thrown.code })
      }
      done += 1
      pace.onProgress?.({ says, done })
    })
  }
  const rest = async (ms: number): Promise<void> => {
    const endMs = clock.monotonicMs() + ms
    for (let left = ms; complete && left > 0; left = endMs - clock.monotonicMs()) {
      pace.onProgress?.({ says: 'seconds until every process knows the new keys', done: 0, of: Math.ceil(left / 1000) })
      await pause(Math.min(left, 10_000), pace.signal)
      if (pace.signal?.aborted === true) complete = false
    }
  }
  return {
    rest,
    async turnAll() {
      let settling = 0
      await phase('new keys made', async turn => {
        const made = await prepare(ring, turn, since)
        if (made?.state === 'pending') count.turned += 1
        if (made !== undefined) settling = Math.max(settling, settlingMs(clock, made, settleMs))
      })
      await rest(settling === 0 ? 0 : settling + roundingMs)
      await phase('new keys in use', async turn => {
        await activate(ring, turn, settleMs)
        const older = outgoing(await ring.shelf(turn.organization, turn.domain)).length
        // Added when it is known: a sum that is begun before the wait forgets what others add meanwhile.
        count.outgoing += older
      })
    },
    each: (says, work) =>
      phase(says, async turn => {
        const ended = await work(turn)
        count.ended += ended
      }),
    outgoing: () => count.outgoing,
    result: () => ({ turned: count.turned, ended: count.ended, failed, complete }),
  }
}

/** What says something of one key only: the others go on. A key store or a root key that is out of reach ends it all. */
export function isOfOneKey({ code }: UpheldError): boolean {
  return code.startsWith('vault.') || ['kms.denied', 'kms.key_destroyed', 'keystore.damaged'].includes(code)
}
