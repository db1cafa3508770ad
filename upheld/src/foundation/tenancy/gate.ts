import { refuse } from './errors.ts'

const allowed = new Set(['select', 'insert', 'update', 'delete', 'merge', 'with', 'values'])

/**
 * Lets one DML statement through and nothing that touches the session: no SET, RESET, COPY, EXPLAIN, DECLARE, PREPARE,
 * DO, LISTEN, TRUNCATE or DDL. The first word decides, because the extended protocol refuses several statements in one
 * text (42601) and no statement that begins with one of these words is a utility statement, but for SELECT INTO, which
 * needs a right that the application's role does not have.
 * @throws tenancy.statement_refused
 */
export function assertDml(text: string): void {
  const word = firstWord(text)
  if (!allowed.has(word)) {
    throw refuse.statement_refused({
      detail: word === '' ? 'The text is empty.' : `It begins with ${word.toUpperCase()}.`,
    })
  }
}

/** The first word after white space, comments (`--` and nested slash-star) and opening parentheses, in lower case. */
function firstWord(text: string): string {
  let at = 0
  while (at < text.length) {
    const two = text.slice(at, at + 2)
    if (two === '--') at = endOfLine(text, at)
    else if (two === '/*') at = endOfComment(text, at)
    else if (isSpace(text.charCodeAt(at)) || text[at] === '(') at++
    else return (/^[\p{L}\p{N}_$]+/u.exec(text.slice(at, at + 32))?.[0] ?? text.slice(at, at + 1)).toLowerCase()
  }
  return ''
}

/** White space as the lexer of Postgres sees it. */
function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}

function endOfLine(text: string, from: number): number {
  const end = text.slice(from).search(/[\n\r]/)
  return end < 0 ? text.length : from + end + 1
}

function endOfComment(text: string, from: number): number {
  let depth = 0
  let at = from
  while (at < text.length) {
    const two = text.slice(at, at + 2)
    if (two === '/*') depth++
    if (two === '*/') depth--
    at += two === '/*' || two === '*/' ? 2 : 1
    if (depth === 0) return at
  }
  return text.length
}
