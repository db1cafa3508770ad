import { createHash } from 'node:crypto'
import type { Severity } from '../../proof/lint/index.ts'
import type { LookedFinding, LookedRule, LookReport, NotSeen } from './model.ts'
import { oneLine } from './words.ts'

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json }

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
}

/** The scale of CVSS, by which code scanning sorts: the middle of each band. */
const scores: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0' }

/** The report as SARIF 2.1.0 (OASIS, with errata 01). Names no command line: it may hold a password. */
export function sarifOf(report: LookReport): string {
  const place = new Map(report.rules.map(({ id }, index) => [id, index]))
  const run = {
    tool: {
      driver: {
        name: 'Upheld',
        version: report.version,
        semanticVersion: report.version,
        rules: report.rules.map(ruleOf),
        notifications: [{ id: 'unproven', shortDescription: { text: 'A rule could not see, so nothing is known.' } }],
      },
    },
    automationDetails: { id: 'upheld-look/' },
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        executionSuccessful: report.faults.length === 0,
        endTimeUtc: report.at,
        toolExecutionNotifications: [...faultsOf(report), ...report.notSeen.map(one => notSeenOf(one, place))],
      },
    ],
    results: resultsOf(report.findings, place),
    properties: {
      looked: report.looked.map(({ of, name }) => ({ of, name: oneLine(name) })),
      claims: report.claims.map(({ claim, standing, says }) => ({ claim, standing, says })),
    },
  }
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [run],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function ruleOf({ id, of, claims, severity, title, why }: LookedRule): Json {
  return {
    id,
    shortDescription: { text: `${title}.` },
    fullDescription: { text: why },
    help: { text: `${why} Each result says what mends it.` },
    defaultConfiguration: { level: levels[severity] },
    properties: { 'security-severity': scores[severity], severity, tags: ['security', of, ...claims] },
  }
}

function resultsOf(findings: readonly LookedFinding[], place: ReadonlyMap<string, number>): Json[] {
  const seen = new Map<string, number>()
  return findings.map(finding => {
    const key = [finding.rule, finding.place.kind, finding.place.label].join('\u0000')
    const ordinal = seen.get(key) ?? 0
    seen.set(key, ordinal + 1)
    return resultOf(
      finding,
      place.get(finding.rule),
      createHash('sha256').update(`${key}\u0000${ordinal}`).digest('hex'),
    )
  })
}

function resultOf(finding: LookedFinding, index: number | undefined, fingerprint: string): Json {
  const { rule, of, severity, title, place, saw, mend } = finding
  const label = oneLine(place.label)
  const steps = mend.length === 0 ? '' : `\n\nTo mend it:\n${mend.join('\n')}`
  return {
    ruleId: rule,
    ...(index === undefined ? {} : { ruleIndex: index }),
    kind: 'fail',
    level: levels[severity],
    message: { text: `${title}: ${label}. ${oneLine(saw)}${steps}` },
    locations: [
      {
        // Not a file: some readers refuse a result that has none.
        physicalLocation: {
          artifactLocation: { uri: `${of}/${place.kind}/${encodeURIComponent(place.label.toWellFormed())}` },
          region: { startLine: 1 },
        },
        logicalLocations: [{ name: label, fullyQualifiedName: `${place.kind}:${label}`, kind: kindOf(place.kind) }],
      },
    ],
    partialFingerprints: { 'upheldPlace/v1': fingerprint },
    properties: { severity, 'security-severity': scores[severity] },
  }
}

/** SARIF has words of its own for some kinds, and takes others. */
function kindOf(kind: string): string {
  return kind === 'address' || kind === 'page' || kind === 'file' ? 'resource' : kind
}

function faultsOf(report: LookReport): Json[] {
  return report.faults.map(({ of, code, message, mend }) => ({
    level: 'error',
    descriptor: { id: code },
    message: { text: oneLine(`${message}${mend === undefined ? '' : ` ${mend}`}`) },
    properties: { of },
  }))
}

function notSeenOf({ of, rule, what, why }: NotSeen, place: ReadonlyMap<string, number>): Json {
  const index = rule === undefined ? undefined : place.get(rule)
  return {
    level: 'warning',
    descriptor: { id: 'unproven', index: 0 },
    message: { text: oneLine(`Unproven: ${what}. ${why}`) },
    ...(rule === undefined || index === undefined ? {} : { associatedRule: { id: rule, index } }),
    properties: { of },
  }
}
