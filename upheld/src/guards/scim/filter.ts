import { refuse } from './errors.ts'

/** A filter of RFC 7644, section 3.4.2.2, without the comparisons of order, which nothing here needs. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  | { readonly kind: 'present'; readonly attribute: string }
  | {
      readonly kind: 'compare'
      /** Lower case, without the name of the schema: `name.familyname`. */
      readonly attribute: string
      readonly operator: 'eq' | 'ne' | 'co' | 'sw' | 'ew'
      readonly value: string | boolean | null
    }

const charactersMax = 2_000
const depthMax = 8
const termsMax = 50
const token = /\s*(?:([()])|("(?:[^"\\]|\\.)*")|([^\s()"]+))/gy
const attributeForm = /^[a-z][\w$-]{0,60}(?:\.[a-z][\w$-]{0,60})?$/
const operators = ['eq', 'ne', 'co', 'sw', 'ew'] as const

/** @throws scim.bad_filter */
export function parseFilter(text: string): Filter {
  if (text.length > charactersMax) throw refuse.bad_filter({ detail: 'too long' })
  const tokens = tokensOf(text)
  let at = 0
  let terms = 0
  const peek = (): string => (tokens[at] ?? '').toLowerCase()

  const either = (depth: number): Filter => {
    if (depth > depthMax) throw refuse.bad_filter({ detail: 'too deep' })
    return chain('or', () => chain('and', () => one(depth)))
  }
  const chain = (kind: 'and' | 'or', next: () => Filter): Filter => {
    const first = next()
    const parts = [first]
    while (peek() === kind) {
      at++
      parts.push(next())
    }
    return parts.length === 1 ? first : { kind, parts }
  }
  const inside = (depth: number): Filter => {
    if (tokens[at++] !== '(') throw refuse.bad_filter({ detail: 'a parenthesis is missing' })
    const part = either(depth + 1)
    if (tokens[at++] !== ')') throw refuse.bad_filter({ detail: 'a parenthesis is missing' })
    return part
  }
  const one = (depth: number): Filter => {
    if (++terms > termsMax) throw refuse.bad_filter({ detail: 'too many terms' })
    if (peek() === '(') return inside(depth)
    if (peek() === 'not') {
      at++
      return { kind: 'not', part: inside(depth) }
    }
    const attribute = attributeOf(tokens[at++])
    const operator = (tokens[at++] ?? '').toLowerCase()
    if (operator === 'pr') return { kind: 'present', attribute }
    const known = operators.find(each => each === operator)
    if (known === undefined) throw refuse.bad_filter({ detail: 'this comparison is not offered' })
    return { kind: 'compare', attribute, operator: known, value: valueOf(tokens[at++]) }
  }

  const filter = either(0)
  if (at !== tokens.length) throw refuse.bad_filter({ detail: 'something follows the end' })
  return filter
}

function tokensOf(text: string): string[] {
  const found: string[] = []
  token.lastIndex = 0
  const trimmed = text.trimEnd()
  while (token.lastIndex < trimmed.length) {
    const piece = token.exec(trimmed)
    if (piece === null) throw refuse.bad_filter({ detail: 'a quotation mark is missing' })
    found.push(piece[1] ?? piece[2] ?? piece[3] ?? '')
  }
  return found
}

function attributeOf(given: string | undefined): string {
  const name = (given ?? '').toLowerCase().replace(/^urn:ietf:params:scim:schemas:core:2\.0:(user|group):/, '')
  if (!attributeForm.test(name)) throw refuse.bad_filter({ detail: 'this is no attribute' })
  return name
}

function valueOf(given: string | undefined): string | boolean | null {
  if (given?.startsWith('"') === true) {
    try {
      const value: unknown = JSON.parse(given)
      if (typeof value === 'string' && value.isWellFormed() && !value.includes('\0')) return value
    } catch {
      // Said below.
    }
  }
  const word = given?.toLowerCase()
  if (word === 'true' || word === 'false') return word === 'true'
  if (word === 'null') return null
  throw refuse.bad_filter({ detail: 'this is no value' })
}

/** Whether one value of a list, such as one address, is meant: for paths like `emails[type eq "work"]`. */
export function matches(filter: Filter, item: Readonly<Record<string, unknown>>): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.parts.every(part => matches(part, item))
    case 'or':
      return filter.parts.some(part => matches(part, item))
    case 'not':
      return !matches(filter.part, item)
    case 'present':
      return own(item, filter.attribute) !== undefined
    case 'compare':
      return compared(own(item, filter.attribute), filter.operator, filter.value)
  }
}

function compared(found: unknown, operator: 'eq' | 'ne' | 'co' | 'sw' | 'ew', value: string | boolean | null): boolean {
  if (operator === 'ne') return !compared(found, 'eq', value)
  if (typeof found !== 'string' || typeof value !== 'string') return operator === 'eq' && (found ?? null) === value
  const [a, b] = [found.toLowerCase(), value.toLowerCase()]
  if (operator === 'eq') return a === b
  if (operator === 'co') return a.includes(b)
  return operator === 'sw' ? a.startsWith(b) : a.endsWith(b)
}

function own(item: Readonly<Record<string, unknown>>, name: string): unknown {
  const key = Object.keys(item).find(each => each.toLowerCase() === name)
  return key === undefined ? undefined : item[key]
}
