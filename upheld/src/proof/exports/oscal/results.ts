import type { JsonObject } from '../../../core/json.ts'
import type { LogHead } from '../../claims/index.ts'
import { caughtOf, counted, type Exhibit, type Exhibits } from '../exhibits.ts'
import { markup } from '../text.ts'
import { uuidOf, vocabulary } from '../uuid.ts'
import {
  documentOf,
  files,
  prop,
  reviewedControls,
  scopeProps,
  serviceUuid,
  toolComponent,
  toolUuid,
  verdictProps,
} from './parts.ts'
import { assessmentPlan, referenced } from './plan.ts'

/**
 * How every claim stands. `satisfied` is said of a claim that was attacked and held, and of nothing else: what is
 * unproven, planned, withdrawn or only stated is `not-satisfied` for another reason, which is given.
 */
export function assessmentResults(exhibits: Exhibits): string {
  const { service, claims, log, asOf } = exhibits
  const plan = uuidOf('plan', service)
  const observations = claims.flatMap(claim => observationOf(claim, exhibits))
  const risks = claims.filter(({ verdict }) => verdict === 'refuted').map(claim => riskOf(claim, exhibits))
  const attestations = claims.flatMap(attestationOf)
  const starts = claims.flatMap(({ run }) => (run === undefined ? [] : [run.record.started_at])).toSorted()
  const findings = claims.map(claim => findingOf(claim, exhibits))
  return documentOf({ key: 'assessment-results', title: `${service}: how its claims stand` }, exhibits, {
    'import-ap': { href: `#${plan}` },
    results: [
      {
        uuid: uuidOf('result', service, asOf, log?.root ?? ''),
        title: markup(`Claims of ${service}`),
        description: markup(
          'The newest attack on each claim. Evidence counts until it expires; judge expiry by your own clock.',
        ),
        start: starts[0] ?? asOf,
        end: asOf,
        'local-definitions': {
          components: [toolComponent(exhibits)],
        },
        'reviewed-controls': reviewedControls(exhibits),
        ...(attestations.length === 0 ? {} : { attestations }),
        ...(observations.length === 0 ? {} : { observations }),
        ...(risks.length === 0 ? {} : { risks }),
        ...(findings.length === 0 ? {} : { findings }),
      },
    ],
    'back-matter': {
      resources: [
        referenced(plan, 'Assessment plan', files.plan, assessmentPlan(exhibits)),
        ...(log === undefined ? [] : [checkpointOf(log)]),
      ],
    },
  })
}

function checkpointUuid({ checkpoint }: LogHead): string {
  return uuidOf('checkpoint', checkpoint)
}

function checkpointOf(log: LogHead): JsonObject {
  return {
    uuid: checkpointUuid(log),
    title: 'Signed head of the evidence log',
    description: markup('A C2SP tlog-checkpoint. It opens with the verifier key in the properties.'),
    props: [prop('verifier-key', log.key), prop('size', log.size), prop('root', log.root)],
    base64: {
      filename: 'checkpoint',
      'media-type': 'text/plain',
      value: Buffer.from(log.checkpoint).toString('base64'),
    },
  }
}

/** The same entry of the same log is the same observation, in whatever document. */
function observationUuid(index: number, log: LogHead): string {
  return uuidOf('observation', log.origin, log.key, String(index))
}

function observationOf(claim: Exhibit, exhibits: Exhibits): JsonObject[] {
  const { run } = claim
  const { log } = exhibits
  if (run === undefined || log === undefined) return []
  const { record, index } = run
  return [
    {
      uuid: observationUuid(index, log),
      title: markup(`Run ${record.sequence} of ${claim.id}`),
      description: markup(
        `${record.observations} attacks on ${counted(record.population)}; ${caughtOf(record)} sabotages caught; ${record.findings_total} attacks came through.`,
      ),
      props: [
        prop('run-verdict', record.verdict, record.note === '' ? record.reason : record.note),
        prop('run-claim-digest', record.claim_digest),
        prop('population', counted(record.population)),
        prop('observations', record.observations),
        prop('sabotages-caught', caughtOf(record)),
        prop('untouched-twin', record.untouched_twin),
        prop('leaf-index', index),
        prop('checkpoint-size', log.size),
      ],
      methods: ['TEST'],
      types: [record.verdict === 'refuted' ? 'finding' : 'control-objective'],
      origins: [{ actors: [{ type: 'tool', 'actor-uuid': toolUuid(exhibits) }] }],
      subjects: [{ 'subject-uuid': serviceUuid(exhibits), type: 'component' }],
      'relevant-evidence': [
        {
          href: `#${checkpointUuid(log)}`,
          description: markup(`Entry ${index} of the evidence log ${log.origin}, which has ${log.size} entries.`),
        },
        ...record.findings.map(({ attack, where, saw }) => ({
          description: markup(`${attack} at ${where}: ${saw}`),
        })),
      ],
      collected: record.finished_at,
      expires: record.expires_at,
    },
  ]
}

function riskUuid(claim: Exhibit, { service }: Exhibits): string {
  return uuidOf('risk', service, claim.id, claim.digest, claim.since ?? '')
}

function riskOf(claim: Exhibit, exhibits: Exhibits): JsonObject {
  return {
    uuid: riskUuid(claim, exhibits),
    title: markup(`${claim.id} is refuted`),
    description: markup(claim.sentence),
    statement: markup(`An attack came through${claim.since === undefined ? '' : ` at ${claim.since}`}. ${claim.why}`),
    status: 'open',
  }
}

function findingOf(claim: Exhibit, exhibits: Exhibits): JsonObject {
  const { run, verdict } = claim
  const { log, service } = exhibits
  const reason = verdict === 'upheld' ? 'pass' : verdict === 'refuted' ? 'fail' : 'other'
  return {
    uuid: uuidOf(
      'finding',
      service,
      claim.id,
      claim.digest,
      verdict,
      claim.reason,
      claim.since ?? '',
      String(run?.index),
    ),
    title: markup(claim.id),
    description: markup(claim.sentence),
    props: [...verdictProps(claim), ...scopeProps(claim)],
    target: {
      type: 'objective-id',
      'target-id': claim.id,
      status: {
        state: verdict === 'upheld' ? 'satisfied' : 'not-satisfied',
        reason,
        remarks: markup(`${verdict}: ${claim.why}`),
      },
    },
    ...(run === undefined || log === undefined
      ? {}
      : { 'related-observations': [{ 'observation-uuid': observationUuid(run.index, log) }] }),
    ...(verdict === 'refuted' ? { 'related-risks': [{ 'risk-uuid': riskUuid(claim, exhibits) }] } : {}),
  }
}

function attestationOf({ id, sentence, stated }: Exhibit): JsonObject[] {
  if (stated === undefined) return []
  const { by, at, until, digest } = stated
  return [
    {
      parts: [
        {
          name: 'statement',
          ns: vocabulary,
          title: markup(id),
          props: [prop('stated-by', by), prop('stated-at', at), prop('expires', until), prop('document', digest)],
          prose: markup(`${sentence} Stated by ${by} until ${until}; not attacked.`),
        },
      ],
    },
  ]
}
