import { readCatalogue, type Catalogue, type CatalogueOptions } from '../../foundation/catalogue/index.ts'
import type { Database } from '../../core/ports.ts'
import { findGround, type Ground, type GroundOptions } from './ground.ts'
import type { LintFinding, LintReport, UnprovenRule } from './report.ts'
import { severities, type Rule } from './rule.ts'
import { allRules } from './rules.ts'

export type LintOptions = GroundOptions & CatalogueOptions

/** Reads the catalogue of a database and holds it against every rule. Writes nothing. Errors as `readCatalogue` and `findGround`. */
export async function lint(database: Database, options: LintOptions = {}): Promise<LintReport> {
  return lintCatalogue(await readCatalogue(database, options), options)
}

/** The same for a catalogue that has been read. Pure. */
export function lintCatalogue(
  catalogue: Catalogue,
  options: GroundOptions = {},
  rules: readonly Rule[] = allRules,
): LintReport {
  const ground = findGround(catalogue, options)
  const findings: LintFinding[] = []
  const unproven: UnprovenRule[] = []
  for (const rule of rules) {
    const why = cannot(rule, catalogue, ground)
    if (why === undefined) run(rule, catalogue, ground, findings, unproven)
    else unproven.push({ rule: rule.id, why })
  }
  return Object.freeze({
    database: catalogue.server.database,
    release: catalogue.server.version,
    lookedAs: catalogue.server.lookedAs,
    ...tenantColumn(ground),
    appRoles: ground.appRoles.map(role => role.name),
    population: populationOf(catalogue, ground),
    findings: mendable(mendedAsShipped(findings, ground), catalogue).sort(byDanger),
    unproven,
    unseen: catalogue.unseen,
  })
}

/** Why a rule can say nothing here at all. */
function cannot(rule: Rule, catalogue: Catalogue, ground: Ground): string | undefined {
  const missing = catalogue.unseen.filter(one => rule.needs.includes(one.section))
  if (missing.length > 0) return missing.map(one => `The ${one.section} could not be read: ${one.why}`).join(' ')
  if (rule.tenancy !== false && ground.found === undefined)
    return 'No column was found that says whose a row is; name it with --tenant-column.'
  return undefined
}

/** A rule that fails says nothing about the database, and does not end the others. */
function run(
  rule: Rule,
  catalogue: Catalogue,
  ground: Ground,
  findings: LintFinding[],
  unproven: UnprovenRule[],
): void {
  const found: LintFinding[] = []
  const unsure: UnprovenRule[] = []
  try {
    for (const hit of rule.check(catalogue, ground)) {
      if (hit.unproven === true) unsure.push({ rule: rule.id, why: `${hit.place.label}: ${hit.saw}` })
      else found.push({ ...hit, rule: rule.id, severity: hit.severity ?? rule.severity })
    }
  } catch {
    unsure.push({ rule: rule.id, why: 'The rule failed on this catalogue; that is a fault of the linter.' })
  }
  findings.push(...found)
  unproven.push(...unsure)
}

/**
 * While anything is wrong, Upheld's event triggers refuse every change of the schema, also one that mends. So where there
 * is more than one fault, each is mended in a session in which they do not run.
 */
function mendable(findings: readonly LintFinding[], { server }: Catalogue): LintFinding[] {
  if (!server.upheld || findings.length < 2) return [...findings]
  return findings.map(finding => ({
    ...finding,
    mend:
      finding.mend.length === 0
        ? []
        : ['SET session_replication_role = replica', ...finding.mend, 'RESET session_replication_role'],
  }))
}

/** What any rule finds at a table of Upheld's own is mended by making it again what this release installs. */
function mendedAsShipped(findings: readonly LintFinding[], ground: Ground): readonly LintFinding[] {
  const own = [...ground.own.values()].filter(({ faults }) => faults.length > 0)
  return findings.map(finding => {
    const { label } = finding.place
    const at = own.find(({ relation }) => label === relation.label || label.endsWith(` on ${relation.label}`))
    return at === undefined || finding.rule.startsWith('upheld.')
      ? finding
      : { ...finding, mend: at.faults.flatMap(({ mend }) => mend) }
  })
}

function byDanger(a: LintFinding, b: LintFinding): number {
  return (
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    compare(a.rule, b.rule) ||
    compare(a.place.label, b.place.label)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function tenantColumn({ found, tenantTables }: Ground): Pick<LintReport, 'tenantColumn'> {
  if (found === undefined) return {}
  const first = [...tenantTables.values()].find(table => table.columns.join() === found.columns.join())?.relation
  const types = found.columns.map(name => first?.columns.find(column => column.name === name)?.type ?? '')
  return { tenantColumn: { name: found.columns.join(','), type: types.join(','), how: found.how } }
}

function populationOf(catalogue: Catalogue, ground: Ground): LintReport['population'] {
  const count = (kind: string): number => catalogue.relations.filter(relation => relation.kind === kind).length
  return Object.freeze({
    tables: count('table') + count('partitioned'),
    tenantTables: [...ground.tenantTables.values()].filter(({ relation }) => !ground.asShipped(relation)).length,
    sharedTables: ground.sharedTables.size,
    views: count('view') + count('materialized view'),
    policies: catalogue.relations.reduce((sum, relation) => sum + relation.policies.length, 0),
    keys: catalogue.relations.reduce(
      (sum, { uniqueKeys, foreignKeys }) => sum + uniqueKeys.length + foreignKeys.length,
      0,
    ),
    functions: catalogue.routines.length,
    roles: catalogue.roles.length,
  })
}
