import { fold } from './common-set.ts'
import { codePoints, lettersOf } from './text.ts'

const wordsMax = 64
const wordLengthMax = 320
const tokenLengthMin = 3
/** What a password holds besides such words has to be worth something by itself. */
const ownLengthMin = 8

/** Digits and signs that are typed in place of letters. `1` and `!` stand for two. */
const looks: readonly Readonly<Record<string, string>>[] = ['i', 'l'].map(one => ({
  '0': 'o',
  '1': one,
  '!': one,
  '3': 'e',
  '4': 'a',
  '@': 'a',
  '5': 's',
  $: 's',
  '7': 't',
}))

/**
 * What is left of a password without the words of its circumstances, and without digits and signs such as an appended
 * year; undefined when it holds none of these words. `acme2026secure` at Acme leaves `secure`.
 */
export function besidesWords(folded: string, words: readonly string[]): string | undefined {
  const letters = lettersOf(folded)
  const taken = new Set<number>()
  for (const look of [{}, ...looks]) {
    const read = letters.map(letter => lookedUp(look, letter))
    for (const token of tokensOf(words)) markAll(read, token, taken)
  }
  if (taken.size === 0) return undefined
  return letters.filter((letter, at) => !taken.has(at) && /\p{L}/u.test(letter)).join('')
}

/** Whether what is left is too little to be a password. */
export function isTooLittle(rest: string): boolean {
  return codePoints(rest) < ownLengthMin
}

function lookedUp(look: Readonly<Record<string, string>>, letter: string): string {
  return Object.hasOwn(look, letter) ? (look[letter] ?? letter) : letter
}

/** Each word whole and in its parts, forwards and backwards: `Ann.Lee@acme.example` has ann, lee, acme, example, annleeacmeexample. */
function tokensOf(words: readonly string[]): ReadonlySet<string> {
  const tokens = new Set<string>()
  for (const word of words.slice(0, wordsMax)) {
    const parts = fold(word.slice(0, wordLengthMax))
      .split(/[^\p{L}\p{N}\p{M}]+/u)
      .filter(part => part !== '')
    for (const token of [...parts, parts.join('')]) {
      if (codePoints(token) < tokenLengthMin || !/\p{L}/u.test(token)) continue
      tokens.add(token)
      tokens.add(lettersOf(token).toReversed().join(''))
    }
  }
  return tokens
}

function markAll(read: readonly string[], token: string, taken: Set<number>): void {
  const wanted = lettersOf(token)
  for (let start = 0; start + wanted.length <= read.length; start++) {
    if (wanted.every((letter, at) => read[start + at] === letter))
      for (let at = start; at < start + wanted.length; at++) taken.add(at)
  }
}
