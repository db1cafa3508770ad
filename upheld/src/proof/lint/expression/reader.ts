import type { Token } from './tokens.ts'

/** Thrown inside the parser where the text takes a turn that it does not know; caught at the nearest parenthesis. */
export class NotUnderstood extends Error {}

/** A place in the tokens of one expression. */
export interface Reader {
  /** The token that is `ahead` of the place; of kind `end` after the last. */
  look(ahead?: number): Token
  take(): Token
  /** Whether the next token is this keyword or mark; then it is taken. */
  has(...words: readonly string[]): boolean
  need(word: string): void
  /** Goes on at the end of the parenthesis that is open here, and says where it began. */
  mark(): number
  back(to: number): void
  /** Takes everything up to the parenthesis that closes the one open here, which it leaves. */
  skip(): void
}

const end: Token = Object.freeze({ kind: 'end', text: '' })

export function readerOf(tokens: readonly Token[]): Reader {
  let at = 0
  const look = (ahead = 0): Token => tokens[at + ahead] ?? end
  const is = (token: Token, word: string): boolean =>
    token.text === word && (token.kind === 'word' || token.kind === 'mark' || token.kind === 'operator')
  return Object.freeze({
    look,
    take() {
      const token = look()
      at += 1
      return token
    },
    has(...words: readonly string[]) {
      if (!words.every((word, ahead) => is(look(ahead), word))) return false
      at += words.length
      return true
    },
    need(word: string) {
      if (!is(look(), word)) throw new NotUnderstood(word)
      at += 1
    },
    mark: () => at,
    back(to: number) {
      at = to
    },
    skip() {
      for (let depth = 0; look().kind !== 'end'; at += 1) {
        if (is(look(), ')') && depth === 0) return
        if (is(look(), '(')) depth += 1
        if (is(look(), ')')) depth -= 1
      }
    },
  })
}
