import type { Clock } from '../../core/clock.ts'
import type { Verified } from '../../verify.ts'
import { concludeLook, openTally, sourceDigest, type Report } from '../claims/index.ts'
import type { Contract } from './contract.ts'
import { refuse } from './errors.ts'
import type { ServiceLine } from './line.ts'
import { fetchEvidence, probePage } from './probes/page.ts'
import { probeRoutes } from './probes/routes.ts'
import { probeSessions } from './probes/sessions.ts'
import { probeVisitors } from './probes/visitors.ts'
import { probeFacts } from './published.ts'
import type { OutsiderRun } from './statement.ts'
import { takeOrganizations, type Handed } from './service.ts'

interface RunOptions {
  readonly line: ServiceLine
  readonly contract: Contract
  readonly digest: string
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Verifier key of the evidence log, where the outsider knows it. */
  readonly key?: string
  readonly onProgress: (says: string) => void
}

export interface Performed {
  readonly runs: readonly OutsiderRun[]
  /** What the service published before anything was attacked. */
  readonly evidence: Verified
  readonly requests: number
  /** Whether the two organizations were taken back, and not left to end by themselves. */
  readonly ended: boolean
}

type Probe = (ground: { readonly handed: Handed; readonly report: Report }) => Promise<void>

/**
 * Everything that the contract lists and that is known here. What the service lists and nobody here knows is unproven.
 * @throws what the line and the service throw before two organizations are there
 */
export async function perform(options: RunOptions): Promise<Performed> {
  const { line, contract, digest, clock, key, onProgress } = options
  const { requests_per_minute: perMinute, requests_per_run: requestsMax } = contract.limits
  line.bound({ requestsMax, perMinute })
  onProgress('reading and verifying the evidence')
  const evidence = await fetchEvidence(line, clock.now(), key)
  onProgress('asking for two organizations')
  const handed = await takeOrganizations(line, digest)
  const runs: OutsiderRun[] = []
  let ended = false
  try {
    for (const listed of contract.probes) {
      onProgress(`${listed.name}: ${listed.claim}`)
      runs.push(await performOne(options, evidence, handed, listed))
    }
  } finally {
    // Whatever happened: they would go by themselves, later.
    ended = await handed.end().then(
      () => true,
      () => false,
    )
  }
  return { runs, evidence, requests: line.sent(), ended }
}

const probes: Readonly<Record<string, (options: RunOptions) => Probe>> = {
  routes:
    ({ line }) =>
    ground =>
      probeRoutes({ line, ...ground }),
  sessions:
    ({ line }) =>
    ground =>
      probeSessions({ line, ...ground }),
  visitors:
    ({ line }) =>
    ground =>
      probeVisitors({ line, ...ground }),
  page:
    ({ line, key }) =>
    ({ report }) =>
      probePage(line, report, key),
}

async function performOne(
  options: RunOptions,
  evidence: Verified,
  handed: Handed,
  listed: Contract['probes'][number],
): Promise<OutsiderRun> {
  const { clock, signal } = options
  const [startedAt, startedMs] = [clock.now(), clock.monotonicMs()]
  const known = probeFacts.find(one => one.name === listed.name && one.claim === listed.claim)
  const probe = known === undefined ? undefined : probes[known.name]?.(options)
  const tally = openTally(signal, { clock, stopAtFirst: false })
  let end: { readonly end: 'finished' } | { readonly end: 'failed'; readonly thrown: unknown } = { end: 'finished' }
  try {
    if (probe === undefined) throw refuse.bad_contract({ detail: 'It lists a probe that is not known here.' })
    await probe({ handed, report: tally.report })
  } catch (thrown) {
    end = { end: 'failed', thrown }
  }
  const count = tally.close()
  // Ours, and not what the service writes into its contract: it could write one.
  const observationsMin = Math.max(known?.observationsMin ?? 1, listed.observations_min)
  const { verdict, reason, note } = concludeLook({ ...count, ...end }, observationsMin)
  return {
    type: 'upheld/outsider-run@v1',
    claim: listed.claim,
    claim_digest: evidence.claims.find(({ claim }) => claim === listed.claim)?.digest ?? null,
    probe: listed.name,
    probe_digest: sourceDigest(import.meta.url),
    started_at: startedAt.toISOString(),
    finished_at: clock.now().toISOString(),
    duration_ms: Math.round(clock.monotonicMs() - startedMs),
    verdict,
    reason,
    population: { ...count.population },
    observations: count.observations,
    observations_min: observationsMin,
    findings: [...count.findings],
    findings_total: count.findingsTotal,
    note,
  }
}
