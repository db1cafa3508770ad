import { NotUnderstood, readerOf, type Reader } from './reader.ts'
import { selectOf } from './select.ts'
import { tokensOf } from './tokens.ts'
import type { Expression } from './tree.ts'
import { typeOf } from './type.ts'

/** Reads an expression as pg_get_expr prints it. Never fails: what it does not know is `unknown`. */
export function parseExpression(text: string): Expression {
  const tokens = tokensOf(text)
  if (tokens === undefined) return { kind: 'unknown', inside: [] }
  const reader = readerOf(tokens)
  return guarded(reader, () => {
    const read = expressionOf(reader)
    if (reader.look().kind !== 'end') throw new NotUnderstood()
    return read
  })
}

/** What is read by `read`; where that does not understand, all up to the closing parenthesis as `unknown`. */
function guarded(reader: Reader, read: () => Expression): Expression {
  const start = reader.mark()
  try {
    return read()
  } catch (thrown) {
    if (!(thrown instanceof NotUnderstood)) throw thrown
    reader.back(start)
    return { kind: 'unknown', inside: leftovers(reader) }
  }
}

/** Names and parenthesized pieces of a stretch that is not understood: enough to see what it touches. */
function leftovers(reader: Reader): Expression[] {
  const inside: Expression[] = []
  while (reader.look().kind !== 'end' && reader.look().text !== ')') {
    const token = reader.look()
    if (token.text === '(' && token.kind === 'mark') inside.push(parenthesized(reader))
    else if (token.kind === 'name' || (token.kind === 'word' && /^[^A-Z]/.test(token.text)))
      inside.push(...nameHere(reader))
    else reader.take()
  }
  return inside
}

/** A name that is none after all, such as what leads an operator of another schema, is passed over. */
function nameHere(reader: Reader): Expression[] {
  try {
    return [nameOf(reader)]
  } catch (thrown) {
    if (!(thrown instanceof NotUnderstood)) throw thrown
    return []
  }
}

function expressionOf(reader: Reader): Expression {
  const parts = [conjunction(reader)]
  while (reader.has('OR')) parts.push(conjunction(reader))
  return joined('or', parts)
}

function conjunction(reader: Reader): Expression {
  const parts = [negation(reader)]
  while (reader.has('AND')) parts.push(negation(reader))
  return joined('and', parts)
}

function joined(kind: 'and' | 'or', parts: readonly Expression[]): Expression {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : { kind, parts }
}

function negation(reader: Reader): Expression {
  return reader.has('NOT') ? { kind: 'not', of: negation(reader) } : comparison(reader)
}

function comparison(reader: Reader): Expression {
  let left = operand(reader)
  for (;;) {
    if (reader.has('IS', 'NOT', 'DISTINCT', 'FROM')) {
      left = { kind: 'distinct', not: true, left, right: operand(reader) }
    } else if (reader.has('IS', 'DISTINCT', 'FROM')) {
      left = { kind: 'distinct', not: false, left, right: operand(reader) }
    } else if (reader.has('IS')) {
      const not = reader.has('NOT') ? 'NOT ' : ''
      left = { kind: 'is', what: `${not}${reader.take().text}`, of: left }
    } else if (reader.has('IN')) {
      reader.need('(')
      const right = guarded(reader, () => listOf(reader))
      reader.need(')')
      left = { kind: 'any', name: '=', left, right }
    } else if (reader.look().kind === 'operator') {
      left = binary(reader, left, reader.take().text)
    } else if (reader.has('OPERATOR', '(')) {
      left = binary(reader, left, operatorOf(reader))
    } else {
      return left
    }
  }
}

/** `OPERATOR(schema.=)`, without what was read already: it may mean anything, and keeps its whole name. */
function operatorOf(reader: Reader): string {
  let name = ''
  while (reader.look().kind !== 'end' && reader.look().text !== ')') name += reader.take().text
  reader.need(')')
  return name
}

function binary(reader: Reader, left: Expression, name: string): Expression {
  for (const [word, kind] of [
    ['ANY', 'any'],
    ['ALL', 'all'],
  ] as const) {
    if (reader.has(word)) return { kind, name, left, right: parenthesized(reader) }
  }
  return { kind: 'operator', name, left, right: operand(reader) }
}

function operand(reader: Reader): Expression {
  if (reader.look().kind === 'operator') {
    return { kind: 'operator', name: reader.take().text, left: undefined, right: operand(reader) }
  }
  let read = primary(reader)
  for (;;) {
    if (reader.has('::')) read = { kind: 'cast', of: read, type: typeOf(reader) }
    else if (reader.has('COLLATE')) nameOf(reader)
    else if (reader.has('AT', 'TIME', 'ZONE')) read = { kind: 'unknown', inside: [read, operand(reader)] }
    else if (reader.has('[')) {
      read = { kind: 'unknown', inside: [read, expressionOf(reader)] }
      reader.need(']')
    } else return read
  }
}

function primary(reader: Reader): Expression {
  const token = reader.look()
  if (token.kind === 'mark' && token.text === '(') return parenthesized(reader)
  if (token.kind === 'string' || token.kind === 'number') return { kind: 'constant', value: reader.take().text }
  if (token.kind === 'name') return nameOf(reader)
  if (token.kind !== 'word') throw new NotUnderstood(token.text)
  if (reader.has('true')) return { kind: 'constant', value: true }
  if (reader.has('false')) return { kind: 'constant', value: false }
  if (reader.has('NULL')) return { kind: 'constant', value: null }
  if (reader.has('ARRAY', '[')) return bracketed(reader)
  if (reader.has('ARRAY') || reader.has('ROW')) return parenthesized(reader)
  if (reader.has('CASE')) return caseOf(reader)
  if (reader.has('EXISTS')) return existsOf(reader)
  return nameOf(reader)
}

function parenthesized(reader: Reader): Expression {
  reader.need('(')
  const read = guarded(reader, () => {
    const inside = listOf(reader)
    if (reader.look().text !== ')') throw new NotUnderstood()
    return inside
  })
  reader.need(')')
  return read
}

/** What may stand in parentheses: a select, one expression, or several. */
function listOf(reader: Reader): Expression {
  if (reader.has('SELECT')) return { kind: 'select', select: selectOf(reader, expressionOf) }
  const items: Expression[] = []
  if (reader.look().text !== ')') {
    do items.push(expressionOf(reader))
    while (reader.has(','))
  }
  const [only] = items
  return items.length === 1 && only !== undefined ? only : { kind: 'list', items }
}

function bracketed(reader: Reader): Expression {
  const items: Expression[] = []
  while (!reader.has(']')) {
    items.push(expressionOf(reader))
    reader.has(',')
    if (reader.look().kind === 'end') throw new NotUnderstood()
  }
  return { kind: 'list', items }
}

function existsOf(reader: Reader): Expression {
  const inside = parenthesized(reader)
  return inside.kind === 'select' ? { kind: 'exists', select: inside.select } : { kind: 'unknown', inside: [inside] }
}

function caseOf(reader: Reader): Expression {
  const conditions: Expression[] = []
  const results: Expression[] = []
  const subject = reader.look().text === 'WHEN' ? undefined : expressionOf(reader)
  while (reader.has('WHEN')) {
    const condition = expressionOf(reader)
    conditions.push(
      subject === undefined ? condition : { kind: 'operator', name: '=', left: subject, right: condition },
    )
    reader.need('THEN')
    results.push(expressionOf(reader))
  }
  results.push(reader.has('ELSE') ? expressionOf(reader) : { kind: 'constant', value: null })
  reader.need('END')
  return { kind: 'case', conditions, results }
}

/** A column, or a call: names of both may be led by a schema or a table. */
function nameOf(reader: Reader): Expression {
  const unquoted = reader.look().kind === 'word'
  const path = [partOf(reader)]
  while (reader.look().text === '.' && reader.look(1).kind !== 'end') {
    reader.take()
    path.push(partOf(reader))
  }
  if (reader.look().text !== '(' || reader.look().kind !== 'mark') {
    const [only = ''] = path
    // What stands in capitals without quotes is a word of SQL: CURRENT_USER.
    return unquoted && path.length === 1 && /^[A-Z][A-Z_]*$/.test(only)
      ? { kind: 'call', name: only.toLowerCase(), args: [] }
      : { kind: 'column', path }
  }
  const args = parenthesized(reader)
  const name = path.length === 1 ? (path[0] ?? '').toLowerCase() : path.join('.')
  return { kind: 'call', name, args: args.kind === 'list' ? args.items : [args] }
}

function partOf(reader: Reader): string {
  const token = reader.take()
  if (token.kind !== 'word' && token.kind !== 'name' && token.text !== '*') throw new NotUnderstood(token.text)
  return token.text
}
