import type { JsonObject } from '../../core/json.ts'
import { byRequirement, caughtOf, counted, type Exhibit, type Exhibits } from './exhibits.ts'
import { jsonText, line } from './text.ts'
import { uuidOf } from './uuid.ts'

/** Published standards by their numbers alone: the texts have licences of their own. */
const standards = [
  { key: 'asvs', name: 'OWASP ASVS', version: '5.0.0', owner: 'OWASP' },
  { key: 'caiq', name: 'CAIQ', version: '4', owner: 'Cloud Security Alliance' },
  { key: 'soc2', name: 'SOC 2', version: '2017', owner: 'AICPA' },
  { key: 'iso27001', name: 'ISO/IEC 27001', version: '2022', owner: 'ISO' },
  { key: 'gdpr', name: 'GDPR', version: '2016/679', owner: 'European Union' },
] as const

const target = 'service'
const assessor = 'assessor'

/**
 * Declarations of CycloneDX 1.6 (ECMA-424). Conformance is 1 only of a claim that was attacked and held, 0 of one that
 * is refuted, unproven, planned or withdrawn, each with its rationale; of one that somebody only states, none is given.
 * Of a published standard none is given either: a claim answers a part of a requirement.
 */
export function cycloneDx(exhibits: Exhibits): string {
  const { service, asOf, claims } = exhibits
  const body = {
    version: 1,
    metadata: {
      timestamp: asOf,
      tools: { components: [{ type: 'application', name: 'Upheld' }] },
      component: { type: 'application', 'bom-ref': 'application', name: line(service) },
      properties: recordProperties(exhibits),
    },
    declarations: {
      assessors: [{ 'bom-ref': assessor, thirdParty: false, organization: { name: line(service) } }],
      attestations: [
        {
          summary: 'How each claim of the security page stands.',
          assessor,
          map: claims.map(mapOf),
        },
        ...standards.flatMap(({ key, name }) => {
          const map = [...byRequirement(claims, key)].map(([id, answering]) => ({
            requirement: refOf(key, id),
            ...sidesOf(answering),
          }))
          return map.length === 0 ? [] : [{ summary: `Claims that answer a part of ${name}.`, assessor, map }]
        }),
      ],
      claims: claims.map(claimOf),
      evidence: claims.flatMap(claim => evidenceOf(claim, exhibits)),
      targets: { services: [{ 'bom-ref': target, name: line(service) }] },
    },
    definitions: { standards: [ownStandard(exhibits), ...standards.flatMap(one => publishedStandard(claims, one))] },
  }
  const serialNumber = `urn:uuid:${uuidOf('cyclonedx', service, jsonText(body))}`
  return jsonText({
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber,
    ...body,
  })
}

function property(name: string, value: string | number): JsonObject {
  return { name: `upheld:${name}`, value: line(String(value)) }
}

function recordProperties({ log, fault }: Exhibits): JsonObject[] {
  if (fault !== undefined) return [property('record', 'does not hold'), property('record:fault', fault)]
  if (log === undefined) return [property('record', 'empty')]
  return [
    property('record', 'holds'),
    property('checkpoint:origin', log.origin),
    property('checkpoint:size', log.size),
    property('checkpoint:root', log.root),
    property('checkpoint:key', log.key),
  ]
}

function refOf(...parts: readonly string[]): string {
  return parts.join(':')
}

function mapOf(claim: Exhibit): JsonObject {
  const { id, verdict, why } = claim
  return {
    requirement: refOf('claims', id),
    ...sidesOf([claim]),
    ...(verdict === 'attested' ? {} : { conformance: { score: verdict === 'upheld' ? 1 : 0, rationale: said(claim) } }),
    // How sure the assessor is: of what was not tried, not at all.
    ...(verdict === 'unproven' || verdict === 'attested'
      ? { confidence: { score: 0, rationale: line(`${verdict}: ${why}`) } }
      : {}),
  }
}

function said({ verdict, why }: Exhibit): string {
  return line(`${verdict}: ${why}`)
}

/** A claim that is refuted speaks against the requirement. */
function sidesOf(claims: readonly Exhibit[]): JsonObject {
  const refs = (against: boolean): string[] =>
    claims.filter(({ verdict }) => (verdict === 'refuted') === against).map(({ id }) => refOf('claim', id))
  const [forIt, against] = [refs(false), refs(true)]
  return {
    ...(forIt.length === 0 ? {} : { claims: forIt }),
    ...(against.length === 0 ? {} : { counterClaims: against }),
  }
}

function claimOf(claim: Exhibit): JsonObject {
  const { id, sentence, verdict, run, stated, proof } = claim
  const [evidence, counter] = verdict === 'refuted' ? ['counterEvidence', 'evidence'] : ['evidence', 'counterEvidence']
  const refutes = run?.record.verdict === 'refuted'
  const runs = run === undefined ? [] : [refOf('run', id)]
  const scope = [
    ...(proof === undefined ? [] : [`Population: ${proof.population}.`]),
    ...(proof?.assumptions ?? []).map(text => `Assumed: ${text}.`),
    ...(proof?.notCovered ?? []).map(text => `Not covered: ${text}.`),
  ]
  return {
    'bom-ref': refOf('claim', id),
    target,
    predicate: line(sentence),
    reasoning: line([`${said(claim)}.`, ...scope].join(' ')),
    ...(stated === undefined ? {} : { [evidence]: [refOf('document', id)] }),
    ...(runs.length === 0 ? {} : { [refutes && verdict !== 'refuted' ? counter : evidence]: runs }),
  }
}

function evidenceOf({ id, run, stated, digest }: Exhibit, { log }: Exhibits): JsonObject[] {
  if (stated !== undefined) {
    const facts = { by: line(stated.by), document: stated.digest }
    return [
      {
        'bom-ref': refOf('document', id),
        propertyName: 'upheld:statement',
        description: line(`Stated by ${stated.by}. It was not attacked.`),
        data: [dataOf('statement', facts)],
        created: stated.at,
        expires: stated.until,
      },
    ]
  }
  if (run === undefined || log === undefined) return []
  const { record, index } = run
  const facts = {
    leaf_index: index,
    checkpoint: log.checkpoint,
    verdict: record.verdict,
    reason: record.reason,
    claim_digest: record.claim_digest,
    claim_digest_now: digest,
    sequence: record.sequence,
    population: record.population,
    observations: record.observations,
    sabotages_caught: caughtOf(record),
    untouched_twin: record.untouched_twin,
    findings: record.findings.map(({ attack, where, saw }) => ({
      attack: line(attack),
      where: line(where),
      saw: line(saw),
    })),
    findings_total: record.findings_total,
  }
  return [
    {
      'bom-ref': refOf('run', id),
      propertyName: 'upheld:run',
      description: line(
        `Run ${record.sequence}: ${record.observations} attacks on ${counted(record.population)}; ${caughtOf(record)} sabotages caught; entry ${index} of ${log.origin}.`,
      ),
      data: [dataOf('run', facts)],
      created: record.finished_at,
      expires: record.expires_at,
    },
  ]
}

function dataOf(name: string, facts: JsonObject): JsonObject {
  const content = JSON.stringify(facts)
  return { name, contents: { attachment: { contentType: 'application/json', content } } }
}

function ownStandard({ service, claims, asOf }: Exhibits): JsonObject {
  return {
    'bom-ref': 'standard:claims',
    name: line(`Claims of ${service}`),
    version: asOf,
    owner: line(service),
    requirements: claims.map(({ id, sentence, digest }) => ({
      'bom-ref': refOf('claims', id),
      identifier: id,
      text: line(sentence),
      properties: [property('claim-digest', digest)],
    })),
  }
}

function publishedStandard(claims: readonly Exhibit[], { key, ...words }: (typeof standards)[number]): JsonObject[] {
  const ids = [...byRequirement(claims, key).keys()]
  if (ids.length === 0) return []
  const requirements = ids.map(id => ({ 'bom-ref': refOf(key, id), identifier: line(id) }))
  return [{ 'bom-ref': `standard:${key}`, ...words, requirements }]
}
