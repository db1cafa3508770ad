import { z } from 'zod'
import {
  type ClaimReport,
  instrumentsOf,
  publishedPage,
  type TriedSabotage,
  type TrustReport,
} from '../../proof/claims/index.ts'
import { faultOf } from './pages/fault.ts'
import { isPromise, isStale } from './reading.ts'
import { securityTxtState } from './security-txt.ts'
import { answered } from './standards.ts'
import { paths, type View } from './view.ts'

const verdict = z.enum(['upheld', 'attested', 'refuted', 'unproven', 'planned'])
const time = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' })
const index = z.number().int().min(0)
const finding = z.strictObject({ attack: z.string(), where: z.string(), saw: z.string() })

const sabotage = z.strictObject({
  name: z.string(),
  says: z.string().optional().describe('what was done, in plain words; absent when the claim no longer knows it'),
  outcome: z.enum(['caught', 'missed', 'errored']),
  instruments: z
    .array(
      z.strictObject({
        name: z.string(),
        noticed: z.boolean(),
        after_ms: index.optional().describe('from the beginning to the first finding'),
        attack: z.string().optional().describe('what came through first'),
        beyond: z.string().optional().describe('why this instrument is not meant to notice'),
      }),
    )
    .optional()
    .describe('only of a claim with several instruments'),
})

const run = z.strictObject({
  index: index.describe('entry of the evidence log'),
  sequence: z.number().int().min(1),
  claim_digest: z.string(),
  started_at: time,
  finished_at: time,
  expires_at: time.describe('after this the run counts for nothing'),
  verdict: z.enum(['upheld', 'refuted', 'unproven']),
  reason: z.string(),
  population: z.record(z.string(), index),
  observations: index.describe('attacks made and beaten'),
  observations_min: index,
  findings: z.array(finding).max(20),
  findings_total: index,
  sabotages: z.array(sabotage),
  untouched_twin: z.enum(['held', 'failed', 'not_tried']),
})

const claim = z.strictObject({
  id: z.string(),
  kind: z.enum(['proven', 'attested', 'planned', 'withdrawn']),
  sentence: z.string(),
  in_place: z.boolean().describe('whether the sentence is promised now: only while upheld or attested'),
  verdict,
  reason: z.string(),
  since: time.optional(),
  digest: z.string(),
  page: z.string(),
  badge: z.string().describe('an image of how this claim stands; it has to link to page'),
  freshness_mins: z.number().int().min(1).optional(),
  covers: z.string().optional().describe('what the attack counts and attacks'),
  assumptions: z.array(z.string()).optional().describe('what it rests on'),
  not_covered: z.array(z.string()).optional().describe('what nobody attacks'),
  stated: z
    .strictObject({ by: z.string(), until: z.string(), document: z.string().describe('its digest') })
    .optional()
    .describe('only of a claim that is attested'),
  next_run_at: time.optional(),
  runs_total: index,
  last_run: run.optional(),
  days: z.array(z.strictObject({ day: z.string(), worst: z.enum(['upheld', 'refuted', 'unproven', 'none']) })),
  reds: z.array(
    z.strictObject({
      from: time,
      to: time.optional(),
      held_at: time.optional().describe('when the last attempt began that held: it broke between then and from'),
      index,
      findings: z.array(finding),
    }),
  ),
  mappings: z.record(z.string(), z.array(z.string())),
})

const sentence = z.strictObject({
  section: z.string(),
  text: z.string(),
  claims: z.array(z.string()),
  published: z.boolean().describe('whether the page promises this now'),
  instead: z.string().optional().describe('what the page says when it does not'),
})

const checkpoint = z.strictObject({
  origin: z.string(),
  size: index,
  root: z.string().describe('base64'),
  key: z.string().describe('verifier key, C2SP signed-note'),
  signed_at: time,
  note: z.string().describe('the signed checkpoint, C2SP tlog-checkpoint'),
})

/** The feed, version 1. Fields may be added; none changes its meaning. */
export const feedSchema = z
  .strictObject({
    type: z.literal('upheld/feed@v1'),
    service: z.string(),
    page: z.string(),
    badge: z.string().describe('an image of how the whole page stands; it has to link to page'),
    at: time.describe('when this was read: judge expiry by your own clock'),
    stale: z
      .strictObject({ age_secs: index.describe('how long ago `at` was') })
      .optional()
      .describe('the record cannot be read now: this is what it said last, and none of it is promised'),
    record: z.strictObject({ holds: z.boolean(), fault: z.string().optional() }),
    checkpoint: checkpoint.optional(),
    sentences: z.array(sentence),
    claims: z.array(claim),
    emergencies: z
      .strictObject({ broken: index, reviewed_in_time: index, overdue: index })
      .optional()
      .describe('staff let into an organization without its consent, in the last twelve months'),
    security_txt: z
      .strictObject({ expires: time, state: z.enum(['valid', 'expiring', 'expired']) })
      .describe('until when the contact in security.txt counts'),
  })
  .meta({ title: 'upheld/feed@v1', description: 'How every claim of a trust page stands, and the log that shows it.' })

export type Feed = z.infer<typeof feedSchema>

/** The JSON Schema that is served beside the feed. */
export function feedJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(feedSchema), undefined, 2)}\n`
}

/** Everything that the page says, for machines. Made from the same look as the page. */
export function feed({ report, page, origin, emergencies, nowMs }: View): Feed {
  return {
    type: 'upheld/feed@v1',
    service: report.service,
    page: `${origin}${paths.page}`,
    badge: `${origin}${paths.badge}`,
    at: report.at,
    ...(isStale(report) ? { stale: { age_secs: ageSecs(report.at, nowMs) } } : {}),
    record: recordOf(report),
    ...(report.log === undefined ? {} : { checkpoint: checkpointOf(report.log) }),
    sentences: publishedPage(page, report).sections.flatMap(section =>
      section.sentences.map(({ text, claims, published, instead }) => ({
        section: section.title,
        text,
        claims: [...claims],
        published,
        ...(published ? {} : { instead }),
      })),
    ),
    claims: report.claims.map(of => claimOf(of, origin)),
    ...(emergencies === undefined || emergencies === 'unknown'
      ? {}
      : {
          emergencies: {
            broken: emergencies.broken,
            reviewed_in_time: emergencies.reviewedInTime,
            overdue: emergencies.overdue,
          },
        }),
    security_txt: securityTxtState(page, nowMs),
  }
}

function ageSecs(at: string, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - Date.parse(at)) / 1000))
}

function recordOf(report: TrustReport): Feed['record'] {
  const fault = faultOf(report)
  return fault === undefined ? { holds: true } : { holds: false, fault }
}

function checkpointOf(log: NonNullable<TrustReport['log']>): Feed['checkpoint'] {
  return {
    origin: log.origin,
    size: log.size,
    root: log.root,
    key: log.key,
    signed_at: log.signedAt,
    note: log.checkpoint,
  }
}

function claimOf(of: ClaimReport, origin: string): Feed['claims'][number] {
  const { claim, standing } = of
  return {
    id: claim.id,
    kind: claim.kind,
    sentence: claim.sentence,
    in_place: isPromise(standing),
    verdict: standing.verdict,
    reason: standing.reason,
    ...(standing.since === undefined ? {} : { since: standing.since }),
    digest: of.digest,
    page: `${origin}${paths.claim(claim.id)}`,
    badge: `${origin}${paths.claimBadge(claim.id)}`,
    ...groundsOf(claim),
    ...(of.nextRunAt === undefined ? {} : { next_run_at: of.nextRunAt }),
    runs_total: of.runsTotal,
    ...(of.lastRun === undefined ? {} : { last_run: runOf(of.lastRun, claim) }),
    days: of.days.map(({ day, worst }) => ({ day, worst })),
    reds: of.reds.map(red => ({
      from: red.from,
      ...(red.to === undefined ? {} : { to: red.to }),
      ...(red.heldAt === undefined ? {} : { held_at: red.heldAt }),
      index: red.indexFirst,
      findings: [...red.findings],
    })),
    mappings: Object.fromEntries(answered(claim.mappings).map(({ key, ids }) => [key, [...ids]])),
  }
}

/** What a verdict rests on, and what it leaves out. */
function groundsOf(claim: ClaimReport['claim']): Partial<Feed['claims'][number]> {
  if (claim.kind === 'attested') {
    return { stated: { by: claim.by, until: claim.expiresAt, document: claim.documentDigest } }
  }
  if (claim.kind !== 'proven') return {}
  return {
    freshness_mins: claim.freshnessMins,
    covers: claim.population,
    assumptions: [...claim.assumptions],
    not_covered: [...claim.notCovered],
  }
}

type FeedRun = NonNullable<Feed['claims'][number]['last_run']>

function runOf({ record, index }: NonNullable<ClaimReport['lastRun']>, claim: ClaimReport['claim']): FeedRun {
  return {
    index,
    sequence: record.sequence,
    claim_digest: record.claim_digest,
    started_at: record.started_at,
    finished_at: record.finished_at,
    expires_at: record.expires_at,
    verdict: record.verdict,
    reason: record.reason,
    population: { ...record.population },
    observations: record.observations,
    observations_min: record.observations_min,
    findings: [...record.findings],
    findings_total: record.findings_total,
    sabotages: record.sabotages.map(one => sabotageOf(one, claim)),
    untouched_twin: record.untouched_twin,
  }
}

function sabotageOf(tried: TriedSabotage, claim: ClaimReport['claim']): FeedRun['sabotages'][number] {
  const { name, outcome, noticed, beyond = [] } = tried
  const known = claim.kind === 'proven' ? claim.sabotages.find(one => one.name === name) : undefined
  const said = { name, ...(known === undefined ? {} : { says: known.says }), outcome }
  if (noticed === undefined) return said
  const looked = claim.kind === 'proven' ? instrumentsOf(claim).map(one => one.name) : []
  const all = [...new Set([...looked, ...noticed.map(([by]) => by), ...beyond])]
  return {
    ...said,
    instruments: all.map(by => {
      const found = noticed.find(one => one[0] === by)
      if (found !== undefined) return { name: by, noticed: true, after_ms: found[1], attack: found[2] }
      const why = known?.beyond?.[by] ?? (beyond.includes(by) ? 'declared in the definition of that time' : undefined)
      return { name: by, noticed: false, ...(why === undefined ? {} : { beyond: why }) }
    }),
  }
}
