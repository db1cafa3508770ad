import { NotUnderstood, type Reader } from './reader.ts'
import type { Expression, Select, Source } from './tree.ts'

type ReadExpression = (reader: Reader) => Expression

/** Reads a subselect after its first word, up to the parenthesis that closes it, which it leaves. */
export function selectOf(reader: Reader, expressionOf: ReadExpression): Select {
  let plain = !reader.has('DISTINCT', 'ON')
  reader.has('DISTINCT')
  const targets: Expression[] = []
  // `exists (select from ...)` names no target.
  const bare = reader.look().kind === 'word' && /^(FROM|WHERE)$/.test(reader.look().text)
  if (!bare && reader.look().text !== ')') {
    do {
      targets.push(expressionOf(reader))
      if (reader.has('AS')) reader.take()
    } while (reader.has(','))
  }
  const from: Source[] = []
  const conditions: Expression[] = []
  if (reader.has('FROM')) {
    do plain = sources(reader, expressionOf, from, conditions) && plain
    while (reader.has(','))
  }
  if (reader.has('WHERE')) conditions.push(expressionOf(reader))
  if (reader.look().text !== ')') {
    plain = false
    reader.skip()
  }
  return { targets, from, conditions, plain }
}

/** One entry of FROM with what is joined to it; false when it is more than relations and inner joins. */
function sources(reader: Reader, expressionOf: ReadExpression, from: Source[], conditions: Expression[]): boolean {
  let plain = source(reader, expressionOf, from, conditions)
  for (;;) {
    const inner = reader.has('JOIN') || reader.has('CROSS', 'JOIN') || reader.has('INNER', 'JOIN')
    const outer = !inner && (reader.has('LEFT', 'JOIN') || reader.has('RIGHT', 'JOIN') || reader.has('FULL', 'JOIN'))
    if (!inner && !outer) return plain
    plain = source(reader, expressionOf, from, conditions) && inner && plain
    if (reader.has('ON')) {
      const condition = expressionOf(reader)
      if (inner) conditions.push(condition)
    }
  }
}

function source(reader: Reader, expressionOf: ReadExpression, from: Source[], conditions: Expression[]): boolean {
  if (reader.has('LATERAL')) return source(reader, expressionOf, from, conditions)
  if (reader.has('(')) {
    if (reader.look().text === 'SELECT') {
      reader.skip()
      reader.need(')')
      alias(reader)
      return false
    }
    const plain = sources(reader, expressionOf, from, conditions)
    reader.need(')')
    return plain
  }
  const path: string[] = []
  do {
    const token = reader.take()
    if (token.kind !== 'word' && token.kind !== 'name') throw new NotUnderstood(token.text)
    path.push(token.text)
  } while (reader.has('.'))
  if (reader.look().text === '(') {
    // A function that returns rows: what it reads is not seen here.
    reader.take()
    reader.skip()
    reader.need(')')
    alias(reader)
    return false
  }
  from.push({ path, alias: alias(reader) ?? path.at(-1) ?? '' })
  return true
}

const clauses =
  /^(WHERE|JOIN|LEFT|RIGHT|FULL|CROSS|INNER|ON|GROUP|ORDER|LIMIT|OFFSET|UNION|INTERSECT|EXCEPT|HAVING|FOR|FETCH|WINDOW)$/

function alias(reader: Reader): string | undefined {
  reader.has('AS')
  const token = reader.look()
  if (token.kind !== 'name' && (token.kind !== 'word' || clauses.test(token.text))) return undefined
  reader.take()
  if (reader.has('(')) {
    reader.skip()
    reader.need(')')
  }
  return token.text
}
