import { createHash } from 'node:crypto'
import type { JsonObject } from '../../core/json.ts'
import { counted, type Exhibit, type Exhibits } from './exhibits.ts'
import { jsonText, line } from './text.ts'

/**
 * SARIF 2.1.0 (OASIS, with errata 01): one rule for each claim, one result for each attack that came through. What is
 * unproven is a warning of the run and no result, as readers show each result as a defect; a record that does not hold
 * makes the run unsuccessful. Nothing is said to pass.
 */
export function claimsSarif(exhibits: Exhibits): string {
  const { asOf, claims, fault } = exhibits
  const place = new Map(claims.map(({ id }, index) => [id, index]))
  const run = {
    tool: {
      driver: {
        name: 'Upheld',
        rules: claims.map(ruleOf),
        notifications: [{ id: 'unproven', shortDescription: { text: 'Nothing is known of this claim.' } }],
      },
    },
    automationDetails: { id: 'upheld-claims/' },
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        executionSuccessful: fault === undefined,
        endTimeUtc: asOf,
        toolExecutionNotifications: [
          ...(fault === undefined ? [] : [{ level: 'error', message: { text: line(fault) } }]),
          ...claims.filter(({ verdict }) => verdict === 'unproven').map(claim => unprovenOf(claim, place)),
        ],
      },
    ],
    results: claims.flatMap(claim => resultsOf(claim, place, exhibits)),
    properties: recordOf(exhibits),
  }
  return jsonText({
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [run],
  })
}

function recordOf({ service, log }: Exhibits): JsonObject {
  return {
    service: line(service),
    ...(log === undefined ? {} : { checkpoint: log.checkpoint, verifierKey: log.key }),
  }
}

function ruleOf({ id, sentence, verdict, reason, why, digest, proof }: Exhibit): JsonObject {
  return {
    id,
    shortDescription: { text: line(sentence) },
    fullDescription: { text: line(proof === undefined ? sentence : `${sentence} Population: ${proof.population}.`) },
    defaultConfiguration: { level: 'error' },
    properties: {
      'security-severity': '9.5',
      tags: ['security'],
      verdict,
      reason,
      why: line(why),
      digest,
      assumptions: (proof?.assumptions ?? []).map(line),
      notCovered: (proof?.notCovered ?? []).map(line),
    },
  }
}

function unprovenOf({ id, why }: Exhibit, place: ReadonlyMap<string, number>): JsonObject {
  return {
    level: 'warning',
    descriptor: { id: 'unproven', index: 0 },
    message: { text: line(`Unproven: ${id}. ${why}`) },
    associatedRule: { id, index: place.get(id) ?? 0 },
  }
}

/** One for each finding that the leaf holds; and one for the claim when it is refuted and holds none. */
function resultsOf(claim: Exhibit, place: ReadonlyMap<string, number>, { log }: Exhibits): JsonObject[] {
  const { id, run, verdict, why } = claim
  if (verdict !== 'refuted') return []
  const findings = run?.record.verdict === 'refuted' ? run.record.findings : []
  const seen = findings.length === 0 ? [{ attack: 'an attack', where: id, saw: why }] : findings
  const counts = new Map<string, number>()
  return seen.map(({ attack, where, saw }) => {
    const key = [id, attack, where].join('\u0000')
    const ordinal = counts.get(key) ?? 0
    counts.set(key, ordinal + 1)
    return {
      ruleId: id,
      ruleIndex: place.get(id) ?? 0,
      kind: 'fail',
      level: 'error',
      message: { text: line(`${claim.sentence} Came through: ${attack} at ${where}: ${saw}`) },
      locations: [
        {
          // Not a file: some readers refuse a result that has none.
          physicalLocation: {
            artifactLocation: { uri: `claims/${id}/${encodeURIComponent(where.toWellFormed())}` },
            region: { startLine: 1 },
          },
          logicalLocations: [{ name: line(where), fullyQualifiedName: line(`${id}:${where}`), kind: 'resource' }],
        },
      ],
      partialFingerprints: {
        'upheldFinding/v1': createHash('sha256').update(`${key}\u0000${ordinal}`).digest('hex'),
      },
      properties: {
        'security-severity': '9.5',
        ...(run === undefined || log === undefined
          ? {}
          : {
              leafIndex: run.index,
              checkpointSize: log.size,
              findingsTotal: run.record.findings_total,
              population: counted(run.record.population),
            }),
      },
    }
  })
}
