import type { UpheldError } from '../../core/errors.ts'
import { allRules, severities, type LintReport } from '../../proof/lint/index.ts'
import { outsideRules, type OutsideReport } from '../../proof/outside/index.ts'
import type { ProbeReport } from '../../proof/scratch/index.ts'
import { claimsOfLintRule, isOfAppRole } from './claim-of.ts'
import type { Fault, Looked, LookedFinding, LookedRule, LookReport, NotSeen, Subject } from './model.ts'
import { claimLines } from './standing.ts'
import { count, populationWords, statement } from './words.ts'

export interface Parts {
  readonly at: Date
  readonly version: string
  /** The name may be shown; the report is absent where its fault is there. */
  readonly database?: { readonly name: string; readonly report?: LintReport; readonly fault?: UpheldError }
  readonly address?: { readonly name: string; readonly report: OutsideReport }
  readonly scratch?: { readonly name: string; readonly report?: ProbeReport; readonly fault?: UpheldError }
}

const databaseRules: readonly LookedRule[] = allRules.map(({ id, severity, title, why }) => ({
  id,
  of: 'database',
  claims: claimsOfLintRule(id),
  severity,
  title,
  why,
}))

const addressRules: readonly LookedRule[] = outsideRules.map(({ id, claim, severity, title, why }) => ({
  id,
  of: 'address',
  claims: [claim],
  severity,
  title,
  why,
}))

/** One report of all that was asked for. */
export function assembleLook(parts: Parts): LookReport {
  const { database, address, scratch } = parts
  const rules = [...(database === undefined ? [] : databaseRules), ...(address === undefined ? [] : addressRules)]
  const named = new Map(rules.map(rule => [rule.id, rule]))
  const findings = [
    ...(database?.report?.findings ?? []).map(one => ({ ...one, of: 'database' as const })),
    ...(address?.report.findings ?? []).map(one => ({ ...one, of: 'address' as const })),
  ].map(({ rule, of, severity, place, saw, mend }): LookedFinding => {
    const known = named.get(rule)
    return {
      rule,
      of,
      severity,
      title: known?.title ?? rule,
      place,
      saw,
      why: known?.why ?? '',
      mend: of === 'database' ? mend.map(statement) : mend,
    }
  })
  const faults = faultsOf(parts)
  const report = {
    at: parts.at.toISOString(),
    version: parts.version,
    looked: lookedAt(parts),
    rules,
    findings: findings.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity)),
    notSeen: notSeen(parts, named),
    faults,
    ...(scratch?.report === undefined ? {} : { scratch: scratch.report }),
  }
  return Object.freeze({ ...report, claims: claimLines(report) })
}

function faultsOf({ database, address, scratch }: Parts): Fault[] {
  const faults: Fault[] = []
  const add = (of: Subject, thrown: UpheldError | undefined): void => {
    if (thrown === undefined) return
    const { code, message, mend } = thrown
    faults.push({ of, code, message, ...(mend === undefined ? {} : { mend }) })
  }
  add('database', database?.fault)
  if (address?.report.fault !== undefined) faults.push({ of: 'address', ...address.report.fault })
  add('scratch', scratch?.fault)
  return faults
}

const noAppRole = 'No role was found that the application works as; name it with --app-role.'

function notSeen({ database, address }: Parts, named: ReadonlyMap<string, LookedRule>): NotSeen[] {
  const ofRule = (of: 'database' | 'address', rule: string, why: string): NotSeen => {
    const known = named.get(rule)
    return { of, rule, what: known?.title ?? rule, why, ...(known === undefined ? {} : { severity: known.severity }) }
  }
  const fault = database?.fault
  const told = new Set(database?.report?.unproven.map(({ rule }) => rule))
  // Rules about the application's own role have nothing to look at: they found nothing, and that says nothing.
  const idle = database?.report?.appRoles.length === 0 ? databaseRules.filter(({ id }) => isOfAppRole(id)) : []
  return [
    ...(fault === undefined ? [] : databaseRules.map(({ id }) => ofRule('database', id, fault.publicMessage))),
    ...(database?.report?.unseen ?? []).map(({ section, why }): NotSeen => ({
      of: 'database',
      what: `The part of the catalogue about ${section}`,
      why,
    })),
    ...(database?.report?.unproven ?? []).map(({ rule, why }) => ofRule('database', rule, why)),
    ...idle.filter(({ id }) => !told.has(id)).map(({ id }) => ofRule('database', id, noAppRole)),
    ...(address?.report.unproven ?? []).map(({ rule, why }) => ofRule('address', rule, why)),
  ]
}

function lookedAt({ database, address, scratch }: Parts): Looked[] {
  return [
    ...(database === undefined
      ? []
      : [{ of: 'database' as const, name: database.name, facts: databaseFacts(database.report) }]),
    ...(address === undefined
      ? []
      : [{ of: 'address' as const, name: address.name, facts: addressFacts(address.report) }]),
    ...(scratch === undefined
      ? []
      : [{ of: 'scratch' as const, name: scratch.name, facts: scratchFacts(scratch.report) }]),
  ]
}

function databaseFacts(report: LintReport | undefined): Looked['facts'] {
  if (report === undefined) return []
  const { tenantColumn: column } = report
  const hows = { given: 'as you said', upheld: 'as Upheld set it up', found: 'found by itself' }
  return [
    ['Server', `Postgres ${report.release}`],
    ['Looked at as', report.lookedAs],
    [
      'Whose a row is',
      column === undefined
        ? 'no column that says so was found'
        : `${column.name} (${column.type}), ${hows[column.how]}`,
    ],
    ['The application works as', report.appRoles.length === 0 ? 'no role was found' : report.appRoles.join(', ')],
    ['Counted', populationWords(report.population)],
  ]
}

function addressFacts(report: OutsideReport): Looked['facts'] {
  const { requests, handshakes, rules } = report.population
  return [
    [
      'Speaks',
      report.tlsVersions.length === 0
        ? 'no TLS that was seen'
        : report.tlsVersions.join(', ').replaceAll('TLSv', 'TLS '),
    ],
    ['Asked', `${count(requests, 'request')}, ${count(handshakes, 'handshake')}, ${count(rules, 'rule')}`],
  ]
}

function scratchFacts(report: ProbeReport | undefined): Looked['facts'] {
  if (report === undefined) return []
  const { beaten, cameThrough, notTried } = report.counts
  return [
    ['Server', `Postgres ${report.release}`],
    ['Attacked with', `${report.appRole} (${report.loginBy})`],
    ['Attacks', `${beaten} beaten, ${cameThrough} came through, ${notTried} not tried`],
    ['Attacked', populationWords(report.population)],
  ]
}
