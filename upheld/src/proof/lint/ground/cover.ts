import type { Relation } from '../../../foundation/catalogue/index.ts'
import { bare, partsOf, type Expression, type Select, type Source } from '../expression/index.ts'

/**
 * Which tenant columns a condition binds to one value that the row does not choose: surely, and at most, if everything
 * that was not understood does. A table without a column of its own has the one column `viaParent`.
 */
export interface Cover {
  readonly sure: ReadonlySet<string>
  readonly maybe: ReadonlySet<string>
}

export const viaParent = ' by its parent'

export interface Question {
  readonly relation: Relation
  readonly columns: readonly string[]
  /** Whether a function's answer depends on who asks; of its own accord, not by its arguments. */
  readonly asks: (call: string) => 'context' | 'fixed' | 'unknown'
  /** Whether a relation that is read shows only the rows of one organization. */
  readonly walled: (source: Source) => boolean
  /** Whether a relation that is read holds rows of organizations. */
  readonly tenant: (source: Source) => boolean
}

const nothing: ReadonlySet<string> = new Set()
const none: Cover = Object.freeze({ sure: nothing, maybe: nothing })

export function coverOf(expression: Expression, question: Question): Cover {
  const all = new Set(question.columns)
  const cover = (one: Expression): Cover => coverOf(one, question)
  switch (expression.kind) {
    case 'constant':
      return isFalse(expression) ? { sure: all, maybe: all } : none
    case 'and':
      return expression.parts.map(cover).reduce(both, none)
    case 'or':
      return expression.parts.map(cover).reduce(either)
    case 'case':
      return expression.results.map(cover).reduce(either)
    case 'cast':
      return cover(expression.of)
    case 'not':
      return negated(expression.of, question)
    case 'is':
      return expression.what === 'TRUE' ? cover(expression.of) : none
    case 'distinct':
      return expression.not ? equality(expression.left, expression.right, question, false) : none
    case 'operator':
      return compared(expression, question)
    case 'any':
      return expression.name === '=' ? equality(expression.left, expression.right, question, true) : none
    case 'call':
      if (expression.name === 'coalesce') return expression.args.map(cover).reduce(either)
      return { sure: nothing, maybe: touched(expression, question) }
    case 'exists':
      return joined(expression.select, question)
    case 'select':
      return expression.select.from.length === 0 && expression.select.targets[0] !== undefined
        ? cover(expression.select.targets[0])
        : { sure: nothing, maybe: touched(expression, question) }
    case 'unknown':
      return { sure: nothing, maybe: touched(expression, question) }
    case 'column':
    case 'all':
    case 'list':
      return none
  }
}

export function both(a: Cover, b: Cover): Cover {
  return { sure: a.sure.union(b.sure), maybe: a.maybe.union(b.maybe) }
}

function either(a: Cover, b: Cover): Cover {
  return { sure: a.sure.intersection(b.sure), maybe: a.maybe.intersection(b.maybe) }
}

function isFalse(expression: Expression): boolean {
  return expression.kind === 'constant' && (expression.value === false || expression.value === null)
}

function negated(of: Expression, question: Question): Cover {
  if (of.kind === 'constant' && of.value === true) return coverOf({ kind: 'constant', value: false }, question)
  if (of.kind === 'operator' && of.name === '<>' && of.left !== undefined)
    return equality(of.left, of.right, question, false)
  if (of.kind === 'distinct' && !of.not) return equality(of.left, of.right, question, false)
  if (of.kind === 'not') return coverOf(of.of, question)
  if (of.kind === 'or') return of.parts.map(part => negated(part, question)).reduce(both, none)
  return of.kind === 'call' || of.kind === 'unknown' ? { sure: nothing, maybe: touched(of, question) } : none
}

/** Orders, patterns and inequalities bind nothing; an operator that is not known might. */
function compared(expression: Expression & { kind: 'operator' }, question: Question): Cover {
  if (expression.left === undefined) return none
  if (expression.name === '=') {
    const sides = [expression.left, expression.right].map(side => bare(side))
    const [left, right] = sides
    if (left?.kind === 'constant' && right?.kind === 'constant' && left.value !== right.value) {
      return coverOf({ kind: 'constant', value: false }, question)
    }
    return equality(expression.left, expression.right, question, false)
  }
  if (/^([<>]=?|<>|!=|!?~~?\*?)$/.test(expression.name)) {
    return expression.name.startsWith('~') ? { sure: nothing, maybe: touched(expression, question) } : none
  }
  return { sure: nothing, maybe: touched(expression, question) }
}

function equality(left: Expression, right: Expression, question: Question, many: boolean): Cover {
  const one = boundBy(left, right, question)
  return both(one, many ? none : boundBy(right, left, question))
}

/** `column = value`: what binding the column to this value is worth. */
function boundBy(side: Expression, value: Expression, question: Question): Cover {
  const column = columnOf(side, question)
  const viaKey = question.columns.includes(viaParent)
  if (column === undefined && !viaKey) {
    // Something was made of the column before it was compared: lower case, its first letters.
    // And a row that is chosen by another of its columns, such as its user, may or may not stay with its organization.
    const inside = mentioned(side, question)
    const might = inside.size > 0 && worthOf(value, question) !== 'fixed'
    return might ? { sure: nothing, maybe: new Set(question.columns) } : none
  }
  const name = viaKey ? viaParent : (column ?? '')
  if (viaKey && (mentioned(side, question).size === 0 || bare(value).kind !== 'select')) return none
  const binding = new Set([name])
  switch (worthOf(value, question)) {
    case 'context':
      return { sure: binding, maybe: binding }
    case 'unknown':
      return { sure: nothing, maybe: binding }
    case 'fixed':
      return none
  }
}

/** Whether a value follows from who asks; the row's own columns and constants do not. */
function worthOf(value: Expression, question: Question): 'context' | 'fixed' | 'unknown' {
  if (mentioned(value, question).size > 0) {
    const own = bare(value)
    // `x = x` and `x = coalesce(setting, x)` let every row through.
    return own.kind === 'column' || (own.kind === 'call' && own.name === 'coalesce') ? 'fixed' : 'unknown'
  }
  const found = new Set<string>()
  const walk = (one: Expression): void => {
    if (one.kind === 'call') found.add(question.asks(one.name))
    if (one.kind === 'unknown') found.add('unknown')
    if ((one.kind === 'select' || one.kind === 'exists') && one.select.from.length > 0) {
      found.add(one.select.from.some(source => question.walled(source)) ? 'context' : 'reads')
      if (!one.select.plain) found.add('unknown')
    }
    for (const part of partsOf(one)) walk(part)
  }
  walk(value)
  if (found.has('context')) return 'context'
  return found.has('unknown') ? 'unknown' : 'fixed'
}

/** `exists (select from member m where m.organization_id = row.organization_id and m.login = who asks)`. */
function joined(select: Select, question: Question): Cover {
  const conditions = select.conditions.flatMap(flat)
  const inner = { ...question, columns: [] }
  const rest = conditions.filter(one => mentioned(one, question).size === 0)
  const asks = rest.some(one => worthOf(one, inner) === 'context') || select.from.some(question.walled)
  const known = select.plain && asks
  const bound = new Set<string>()
  for (const one of conditions) {
    if (one.kind !== 'operator' || one.name !== '=' || one.left === undefined) continue
    for (const [side, other] of [
      [one.left, one.right],
      [one.right, one.left],
    ] as const) {
      const column = columnOf(side, question)
      if (column !== undefined && mentioned(other, question).size === 0) bound.add(column)
      if (
        question.columns.includes(viaParent) &&
        mentioned(side, question).size > 0 &&
        select.from.some(question.tenant)
      )
        bound.add(viaParent)
    }
  }
  const maybe = bound.union(touched({ kind: 'exists', select }, question))
  return known ? { sure: bound, maybe } : { sure: nothing, maybe: asks || !select.plain ? maybe : nothing }
}

function flat(expression: Expression): readonly Expression[] {
  return expression.kind === 'and' ? expression.parts.flatMap(flat) : [expression]
}

/** The tenant column that an expression is, casts that lose nothing apart. */
function columnOf(expression: Expression, question: Question): string | undefined {
  if (expression.kind === 'cast') return /\(/.test(expression.type) ? undefined : columnOf(expression.of, question)
  if (expression.kind !== 'column') return undefined
  const name = ownName(expression.path, question)
  return name !== undefined && question.columns.includes(name) ? name : undefined
}

/** The column of the table itself that a path names; inside a subselect Postgres writes the table before it. */
function ownName(path: readonly string[], question: Question): string | undefined {
  const [first, second] = path
  if (path.length === 1) return first
  return path.length === 2 && first === question.relation.name ? second : undefined
}

/** All columns of the table itself that an expression mentions. */
function mentioned(expression: Expression, question: Question): ReadonlySet<string> {
  const found = new Set<string>()
  const walk = (one: Expression, hidden: boolean): void => {
    if (one.kind === 'column') {
      const name = ownName(one.path, question)
      if (name !== undefined && !(hidden && one.path.length === 2)) found.add(name)
    }
    const inside = one.kind === 'select' || one.kind === 'exists'
    const covers = inside && one.select.from.some(source => source.alias === question.relation.name)
    for (const part of partsOf(one)) walk(part, hidden || covers)
  }
  walk(expression, false)
  return found
}

/** Tenant columns that an expression mentions: what it could bind at most. */
function touched(expression: Expression, question: Question): ReadonlySet<string> {
  const found = mentioned(expression, question)
  if (question.columns.includes(viaParent)) return found.size > 0 ? new Set([viaParent]) : nothing
  return new Set(question.columns.filter(column => found.has(column)))
}
