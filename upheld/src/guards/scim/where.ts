import { refuse } from './errors.ts'
import type { Filter } from './filter.ts'

/** How an attribute is found in the rows: its expression, and whether the case of letters matters (RFC 7643). */
export interface Column {
  readonly sql: string
  readonly type: 'text' | 'exact' | 'boolean'
  /** The column that has it in lower case, with an index. */
  readonly folded?: string
  /** A list: the expression is one item of what this gives, named `item`. */
  readonly each?: string
}

/** A condition with its values bound, `$1` onwards. No word of a request becomes SQL. */
interface Where {
  readonly text: string
  readonly values: readonly unknown[]
}

/** @throws scim.bad_filter for an attribute that is not offered */
export function whereOf(filter: Filter | undefined, columns: Readonly<Record<string, Column>>): Where {
  const values: unknown[] = []
  const bind = (value: unknown): string => `$${values.push(value)}`

  const termOf = (term: Extract<Filter, { kind: 'compare' | 'present' }>): string => {
    const column = Object.hasOwn(columns, term.attribute) ? columns[term.attribute] : undefined
    if (column === undefined) throw refuse.bad_filter({ detail: 'this attribute is not offered' })
    // What is unequal is also unequal where there is nothing.
    if (term.kind === 'compare' && term.operator === 'ne')
      return `not coalesce(${termOf({ ...term, operator: 'eq' })}, false)`
    const test =
      term.kind === 'present' ? `${column.sql} is not null` : comparison(column, term.operator, term.value, bind)
    return column.each === undefined ? test : `exists (select from ${column.each} where ${test})`
  }
  const textOf = (one: Filter): string => {
    switch (one.kind) {
      case 'and':
      case 'or':
        return `(${one.parts.map(textOf).join(` ${one.kind} `)})`
      case 'not':
        return `not coalesce(${textOf(one.part)}, false)`
      default:
        return termOf(one)
    }
  }
  return { text: filter === undefined ? 'true' : textOf(filter), values }
}

function comparison(
  { sql, type, folded = `lower(${sql})` }: Column,
  operator: 'eq' | 'ne' | 'co' | 'sw' | 'ew',
  value: string | boolean | null,
  bind: (value: unknown) => string,
): string {
  if (value === null) return operator === 'eq' ? `${sql} is null` : 'false'
  if (type === 'boolean') {
    if (operator !== 'eq') throw refuse.bad_filter({ detail: 'a truth value is equal or not' })
    const truth = typeof value === 'boolean' ? value : { true: true, false: false }[value.toLowerCase()]
    if (truth === undefined) throw refuse.bad_filter({ detail: 'this is neither true nor false' })
    return `${sql} = ${bind(truth)}::boolean`
  }
  if (typeof value === 'boolean') throw refuse.bad_filter({ detail: 'this attribute is a text' })
  const [left, right] = type === 'exact' ? [sql, `${bind(value)}::text`] : [folded, `lower(${bind(value)}::text)`]
  if (operator === 'co') return `strpos(${left}, ${right}) > 0`
  if (operator === 'sw') return `starts_with(${left}, ${right})`
  if (operator === 'ew') return `right(${left}, length(${right})) = ${right}`
  return `${left} = ${right}`
}
