import type { Catalogue } from '../../foundation/catalogue/index.ts'
import { refuse } from './errors.ts'
import type { Field } from './ground.ts'
import type { ParsedProbeOptions } from './options.ts'
import type { ProbeReport } from './report.ts'

/** How a request says whose it is: statements with $1 and on for the organization, run first in a transaction. */
export interface Context {
  readonly statements: readonly string[]
  readonly by: ProbeReport['contextBy']
}

/**
 * Taken from the policies and from the functions that they call: the settings that these read, and for a setting that
 * holds JSON the members that they take out of it.
 * @throws scratch.no_context when they read no setting, or when it is not clear which of several holds what
 */
export function contextOf(catalogue: Catalogue, field: Field, options: ParsedProbeOptions): Context {
  if (options.context !== undefined) return { statements: options.context, by: 'given' }
  if (field.upheld) return { statements: ['select upheld.enter($1)'], by: 'upheld' }
  const texts = textsOf(catalogue, field)
  const names = [...new Set(texts.flatMap(text => [...text.matchAll(setting)].map(match => match[1] ?? '')))].filter(
    name => name.includes('.'),
  )
  if (names.length === 0) throw refuse.no_context({ detail: 'No policy reads a setting.' })
  const statements = names.map(name => statementFor(name, texts, field))
  return { statements, by: 'policies' }
}

const setting = /current_setting\(\s*'([^']+)'/gi

/** Policies, and the functions that they call, and those that these call. */
function textsOf(catalogue: Catalogue, { attacked }: Field): readonly string[] {
  const labels = new Set(attacked.map(table => table.label))
  const policies = catalogue.relations.filter(one => labels.has(one.label)).flatMap(one => one.policies)
  const texts = policies.flatMap(({ using, check }) => [using ?? '', check ?? ''])
  const byOid = new Map(catalogue.routines.map(one => [one.oid, one]))
  const called = new Set(policies.flatMap(one => one.routines.flatMap(oid => byOid.get(oid) ?? [])))
  for (const one of called) {
    for (const other of catalogue.routines) {
      const name = other.label.split('(')[0] ?? ''
      if ((one.source ?? '').includes(`${name}(`)) called.add(other)
    }
  }
  return [...texts, ...[...called].map(one => one.source ?? '')]
}

function statementFor(name: string, texts: readonly string[], field: Field): string {
  const about = texts.filter(text => text.includes(`'${name}'`))
  const members = membersIn(name, about)
  if (members.length > 0) {
    const pairs = members.map(member => `'${member}', $1::text`).join(', ')
    // What is looked for in app_metadata or user_metadata stands there too.
    const inner = `json_build_object(${pairs})`
    return `select set_config('${name}', json_build_object('role', 'authenticated', 'app_metadata', ${inner}, 'user_metadata', ${inner}, ${pairs})::text, true)`
  }
  return `select set_config('${name}', $${positionOf(name, about, field)}, true)`
}

/** Members of a JSON object that are taken out of the setting: ->> 'org_id', #>> '{app_metadata,org_id}'. */
function membersIn(name: string, texts: readonly string[]): readonly string[] {
  if (!/claims?$/.test(name) && !texts.some(text => /::jsonb?/.test(text) && text.includes(name))) return []
  const found = texts.flatMap(text => [
    ...[...text.matchAll(/->>\s*'([^']+)'/g)].map(match => match[1] ?? ''),
    ...[...text.matchAll(/#>>\s*'\{([^}']+)\}'/g)].map(match => (match[1] ?? '').split(',').at(-1) ?? ''),
  ])
  return [...new Set(['sub', ...found])].filter(member => /^[\w.:/-]+$/.test(member) && member !== 'role')
}

/** Which part of the key a setting holds: the column that policies compare with it, or the one that is named like it. */
function positionOf(name: string, texts: readonly string[], { tenantColumns }: Field): number {
  if (tenantColumns.length === 1) return 1
  for (const [index, column] of tenantColumns.entries()) {
    const compared = new RegExp(`"?${RegExp.escape(column)}"?\\)?(::\\w+)?\\s*=[^=]{0,80}'${RegExp.escape(name)}'`)
    if (texts.some(text => compared.test(text))) return index + 1
  }
  const like = tenantColumns.findIndex(
    column => name.endsWith(column) || column.includes(name.split('.').at(-1) ?? name),
  )
  if (like >= 0) return like + 1
  throw refuse.no_context({ detail: `Which of ${tenantColumns.join(', ')} does ${name} hold?` })
}
