import { cannotProbe, type Instrument, type Report, type World } from '../claims/index.ts'
import { allRules, lint } from '../lint/index.ts'
import { nameOfLogin } from './breaking.ts'

/**
 * The linter as an instrument: the catalogue held against every rule that `asks` lets in. On a system of ours one finding
 * of any weight refutes, and whatever cannot be known makes the run unproven.
 *
 * It looks with the login that writes the evidence. Every login sees the same catalogue (test/lint/upheld.test.ts), and this one
 * is the prover's own: an application's login that was taken or changed is what it judges, not whom it asks.
 */
export function linter(says: string, asks: (rule: string) => boolean): Instrument {
  return Object.freeze({
    name: 'linter',
    says,
    source: import.meta.url,
    run: (world: World, report: Report) => readCatalogue(world, report, asks),
  })
}

async function readCatalogue(world: World, report: Report, asks: (rule: string) => boolean): Promise<void> {
  const app = world.login('app')
  const login = world.login('proof')
  try {
    const seen = await lint(login, { tenantColumn: 'organization_id', appRoles: [await nameOfLogin(app)] })
    const rules = allRules.map(rule => rule.id).filter(asks)
    report.population('rules', rules.length)
    const unproven = seen.unproven.find(one => asks(one.rule))
    const findings = seen.findings.filter(one => asks(one.rule))
    for (const { rule, place, saw } of findings) report.refute({ attack: rule, where: place.label, saw })
    if (unproven !== undefined) throw cannotProbe(`The rule ${unproven.rule} says neither yes nor no: ${unproven.why}`)
    if ((seen.population['tenantTables'] ?? 0) === 0) throw cannotProbe('The linter found no table of organizations.')
    const broken = new Set(findings.map(one => one.rule))
    for (const rule of rules) if (!broken.has(rule)) report.observe(rule, rule)
  } finally {
    await Promise.all([app.close(), login.close()])
  }
}

/** Rules about the server itself: its release and its logs. `upheld doctor` asks them; no statement of ours mends them. */
export function aboutServer(rule: string): boolean {
  return rule.startsWith('server.')
}
