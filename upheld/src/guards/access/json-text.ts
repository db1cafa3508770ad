import { refuse } from './errors.ts'

const charactersMax = 1_000_000
/** Of a text that was read as JSON already: strings, and what separates them. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/g

/**
 * JSON in which every name of every object comes once, also when one of two is written with escapes. Readers differ on
 * which of two they take, so that what was checked would not be what is used (RFC 8259 section 4).
 * @throws access.field_malformed
 */
export function jsonOnce(text: string): unknown {
  if (text.length > charactersMax) throw refuse.field_malformed({ detail: `More than ${charactersMax} characters.` })
  const value = parsed(text)
  const open: (Set<string> | undefined)[] = []
  let before = ''
  for (const [piece] of text.matchAll(token)) {
    if (piece === '{') open.push(new Set())
    else if (piece === '[') open.push(undefined)
    else if (piece === '}' || piece === ']') open.pop()
    else if (piece === ':') noteName(open.at(-1), before)
    before = piece
  }
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refuse.field_malformed({ detail: 'This is no JSON.' })
  }
}

function noteName(names: Set<string> | undefined, quoted: string): void {
  const name = String(JSON.parse(quoted))
  if (names?.has(name) === true) throw refuse.field_malformed({ detail: 'A name comes twice.' })
  names?.add(name)
}
