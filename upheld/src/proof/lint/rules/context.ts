import type { Catalogue, Policy, Relation, Routine } from '../../../foundation/catalogue/index.ts'
import type { Ground } from '../ground.ts'
import { bare, partsOf, type Expression } from '../expression/index.ts'
import type { Hit, Rule } from '../rule.ts'
import { guardedTables, policyPlace } from './policies.ts'
import { listed, quoted } from './ways.ts'

const needs = ['relations', 'columns', 'keys', 'policies', 'routines'] as const

/** Each policy of a table of organizations, with what its two conditions say. */
function* conditions(ground: Ground): Generator<[Relation, Relation['policies'][number], Expression]> {
  for (const { relation } of guardedTables(ground)) {
    for (const policy of relation.policies) {
      for (const text of new Set([policy.using, policy.check])) {
        if (text !== null) yield [relation, policy, ground.parse(text)]
      }
    }
  }
}

function callsIn(expression: Expression): readonly (Expression & { readonly kind: 'call' })[] {
  const own = expression.kind === 'call' ? [expression] : []
  return [...own, ...partsOf(expression).flatMap(callsIn)]
}

/** A routine and those that its text calls, three deep; one that runs a check on the way is marked so. */
function withCalled(routine: Routine, ground: Ground, depth = 3): readonly Routine[] {
  if (depth === 0 || routine.source === null) return [routine]
  const calls = routine.source.matchAll(/([\p{L}_][\p{L}\p{N}_$]*)\.([\p{L}_][\p{L}\p{N}_$]*)\s*\(/gu)
  const called = [...calls].flatMap(([, schema, name]) => ground.callables.named(`${schema ?? ''}.${name ?? ''}`))
  return [...new Set([routine, ...called.flatMap(one => (one === routine ? [] : withCalled(one, ground, depth - 1)))])]
}

function routinesOfPolicies(ground: Ground): ReadonlySet<Routine> {
  const found = new Set<Routine>()
  for (const [, , expression] of conditions(ground)) {
    for (const call of callsIn(expression)) for (const routine of ground.callables.named(call.name)) found.add(routine)
  }
  return found
}

const immutable: Rule = {
  id: 'policy.function-immutable',
  holes: [8],
  severity: 'critical',
  title: 'The function that says who asks is marked IMMUTABLE',
  why: 'Its answer is kept in cached plans: the next request on the connection gets the rows of the one before.',
  needs,
  *check(_catalogue, ground) {
    const all = new Set([...routinesOfPolicies(ground)].flatMap(routine => withCalled(routine, ground)))
    for (const routine of all) {
      const asks = routine.label.endsWith('()') || looksAtSession(routine)
      if (routine.volatility !== 'immutable' || !asks || routine.kind !== 'function') continue
      yield {
        place: { kind: 'function', label: routine.label },
        saw: `${routine.label} stands in policies and is IMMUTABLE.`,
        mend: [`ALTER FUNCTION ${routine.label} STABLE`],
      }
    }
  },
}

function looksAtSession({ source }: Routine): boolean {
  return source !== null && /\b(current_setting|current_user|session_user|pg_backend_pid)\b/i.test(source)
}

const perRow: Rule = {
  id: 'policy.call-per-row',
  holes: [37],
  severity: 'low',
  title: 'A policy calls a function anew for every row',
  why: 'Written as (select f()) it is called once for each table of a statement; bare, once for each row that is looked at.',
  needs,
  *check(_catalogue, ground) {
    const told = new Set<string>()
    for (const [relation, policy, expression] of conditions(ground)) {
      const bareCall = bareCalls(expression).find(call => ground.callables.asks(call.name) === 'context')
      const place = policyPlace(policy, relation)
      if (bareCall === undefined || told.has(place.label)) continue
      told.add(place.label)
      yield {
        place,
        saw: `The policy ${policy.name} on ${relation.label} calls ${bareCall.name} outside of a subselect.`,
        // What lets rows of others through is written anew first: this would write it as it was.
        mend: isOpen(relation, policy, ground) ? [] : wrapped(relation, policy, bareCall.name),
      }
    }
  },
}

function isOpen({ oid }: Relation, { name }: Policy, ground: Ground): boolean {
  const table = ground.tenantTables.get(oid)
  return table !== undefined && ground.openings(table).some(opening => opening.policy.name === name)
}

/** Calls that do not depend on the row and stand outside of every subselect; words such as CURRENT_USER cost nothing. */
function bareCalls(expression: Expression): readonly (Expression & { readonly kind: 'call' })[] {
  if (expression.kind === 'select' || expression.kind === 'exists') return []
  const inner = partsOf(expression).flatMap(bareCalls)
  if (expression.kind !== 'call' || /^(current_user|session_user|current_role|user)$/.test(expression.name))
    return inner
  return expression.args.some(mentionsColumn) ? inner : [expression, ...inner]
}

function mentionsColumn(expression: Expression): boolean {
  return expression.kind === 'column' || partsOf(expression).some(mentionsColumn)
}

/** The policy with its calls put into subselects; one that stands in a subselect already does not mind another. */
function wrapped(relation: Relation, policy: Relation['policies'][number], name: string): readonly string[] {
  const using = policy.using === null ? '' : ` USING (${wrapCalls(policy.using, name)})`
  const check = policy.check === null ? '' : ` WITH CHECK (${wrapCalls(policy.check, name)})`
  return [`ALTER POLICY ${quoted(policy.name)} ON ${relation.label}${using}${check}`]
}

function wrapCalls(text: string, name: string): string {
  const printed = name
    .split('.')
    .map(part => `"?${RegExp.escape(part)}"?`)
    .join(String.raw`\.`)
  const call = new RegExp(`(?<![\\w."])${printed}\\(`, 'g')
  let wrapped = ''
  let at = 0
  for (const match of text.matchAll(call)) {
    if (match.index < at) continue
    const end = closing(text, match.index + match[0].length)
    wrapped += `${text.slice(at, match.index)}(select ${text.slice(match.index, end)})`
    at = end
  }
  return wrapped + text.slice(at)
}

/** The place after the parenthesis that closes the one before `from`; what stands in quotes does not count. */
function closing(text: string, from: number): number {
  let depth = 1
  let quote = ''
  for (let at = from; at < text.length; at += 1) {
    const letter = text.charAt(at)
    if (quote !== '') quote = letter === quote ? '' : quote
    else if (letter === "'" || letter === '"') quote = letter
    else if (letter === '(') depth += 1
    else if (letter === ')') depth -= 1
    if (depth === 0) return at + 1
  }
  return text.length
}

const verified = /\b(sha(224|256|384|512)|hmac|digest|crypt|ed25519|verify\w*|\w+_verify)\s*\(/i

/** Settings that policies trust, each with the policies that do: what they ask is checked by nothing on the way. */
function trusted(ground: Ground): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  const note = (setting: string, place: string): void => {
    const places = found.get(setting) ?? new Set()
    found.set(setting, places.add(place))
  }
  for (const [relation, policy, expression] of conditions(ground)) {
    const { label } = policyPlace(policy, relation)
    for (const call of callsIn(expression)) {
      const [first] = call.args
      const name = first === undefined ? undefined : bare(first)
      if (call.name === 'current_setting' && name?.kind === 'constant') note(String(name.value), label)
      const routines = ground.callables.named(call.name).flatMap(one => withCalled(one, ground))
      if (routines.some(({ source }) => source === null || verified.test(source))) continue
      for (const setting of routines.flatMap(settingsAsked)) note(setting, label)
    }
  }
  return found
}

function settingsAsked({ source }: Routine): readonly string[] {
  return [...(source ?? '').matchAll(/\bcurrent_setting\s*\(\s*E?'([^']+)'/gi)].map(match => match[1] ?? '')
}

const forgeable: Rule = {
  id: 'context.forgeable',
  holes: [4],
  severity: 'high',
  title: 'Who asks is taken from a setting that any statement may set',
  why: 'One injected expression, set_config(...), makes its sender another organization. The setting must carry a signature that the policy checks.',
  needs,
  *check(_catalogue, ground) {
    for (const [setting, policies] of trusted(ground)) {
      yield {
        place: { kind: 'object', label: setting },
        saw: `${policies.size === 1 ? 'A policy believes' : `${policies.size} policies believe`} the setting ${setting}: ${listed([...policies])}.`,
        mend: [],
      }
    }
  },
}

const kept: Rule = {
  id: 'context.kept-for-session',
  holes: [5],
  severity: 'high',
  title: 'Who asks is set for the whole session',
  why: 'Behind a pooler the next request on the connection reads the rows of the one before: measured, nearly every read came from the wrong organization.',
  needs: [...needs, 'grants'],
  *check(catalogue: Catalogue, ground) {
    const settings = new Set([
      ...trusted(ground).keys(),
      ...[...routinesOfPolicies(ground)].flatMap(one => withCalled(one, ground)).flatMap(settingsAsked),
    ])
    for (const routine of catalogue.routines) {
      if (routine.source === null || routine.extension !== null) continue
      const hit = sessionSets(routine.source).find(name => settings.has(name))
      if (hit !== undefined) yield keptBy(routine, hit)
    }
  },
}

function keptBy(routine: Routine, setting: string): Hit {
  return {
    place: { kind: 'function', label: routine.label },
    saw: `${routine.label} sets ${setting}, which policies ask for, beyond the end of the transaction.`,
    mend: [],
  }
}

/** Names that a text gives to `set_config(name, value, false)`. */
function sessionSets(source: string): readonly string[] {
  return [...source.matchAll(/\bset_config\s*\(\s*E?'([^']+)'\s*,/gi)].flatMap(match => {
    const end = closing(source, match.index + match[0].indexOf('(') + 1)
    return /,\s*(false|'f(alse)?'(::\w+)?)\s*\)$/i.test(source.slice(match.index, end)) ? [match[1] ?? ''] : []
  })
}

export const contextRules: readonly Rule[] = [forgeable, kept, immutable, perRow]
