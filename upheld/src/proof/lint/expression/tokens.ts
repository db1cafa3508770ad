/** A piece of an expression as pg_get_expr prints it. */
export interface Token {
  /** `word` is an unquoted name or a keyword, `name` a quoted one without its quotes. */
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'operator' | 'mark' | 'end'
  readonly text: string
}

// A quoted name or string may hold anything, its own quote doubled. Operators are the characters that Postgres allows in one.
const pieces =
  /\s+|"((?:[^"]|"")*)"|[EBX]?'((?:[^']|'')*)'|((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_$]*)|(::|[()[\],.:])|([-+*/<>=~!@#%^&|`?]+)/suy

/** Cuts an expression into tokens; undefined where a character has no place in one. */
export function tokensOf(text: string): readonly Token[] | undefined {
  const found: Token[] = []
  const piece = new RegExp(pieces)
  while (piece.lastIndex < text.length) {
    const match = piece.exec(text)
    if (match === null) return undefined
    const token = tokenOf(match)
    if (token !== undefined) found.push(token)
  }
  return found
}

function tokenOf(match: RegExpExecArray): Token | undefined {
  const [, name, string, number, word, mark, operator] = match
  if (name !== undefined) return { kind: 'name', text: name.replaceAll('""', '"') }
  if (string !== undefined) return { kind: 'string', text: string.replaceAll("''", "'") }
  if (number !== undefined) return { kind: 'number', text: number }
  if (word !== undefined) return { kind: 'word', text: word }
  if (mark !== undefined) return { kind: 'mark', text: mark }
  return operator === undefined ? undefined : { kind: 'operator', text: operator }
}
