import { createHash } from 'node:crypto'
import { UpheldError } from '../../core/errors.ts'
import { fold } from './common-set.ts'
import { refuse } from './errors.ts'
import type { Circumstances, CommonPasswords, Judgement, PasswordOptions } from './shapes.ts'
import { codePoints, lettersOf, readable } from './text.ts'
import { besidesWords, isTooLittle } from './words.ts'

/** NIST SP 800-63B-4, 3.1.1.2: when it is all that is asked for, and beside a second factor. */
const lengthMin = { alone: 15, besideFactor: 8 }

/**
 * Whether somebody may choose this password. No rule asks for kinds of characters. The service elsewhere, if there is one,
 * is asked last, about what all the rest would accept.
 */
export async function judge(
  password: string,
  { secondFactor, words }: Circumstances,
  filter: CommonPasswords,
  outside: PasswordOptions['outside'] | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly judgement: Judgement; readonly outage: boolean }> {
  try {
    const text = readable(password)
    if (codePoints(text) < (secondFactor ? lengthMin.besideFactor : lengthMin.alone)) throw refuse.too_short()
    judgeText(fold(text), words, filter)
    return await askOutside(text, outside, signal)
  } catch (thrown) {
    if (!(thrown instanceof UpheldError) || !thrown.code.startsWith('passwords.')) throw thrown
    return { judgement: asJudgement(thrown), outage: false }
  }
}

function judgeText(folded: string, words: readonly string[], filter: CommonPasswords): void {
  if (filter.has(folded)) throw refuse.common()
  const piece = pieceOf(folded)
  if (piece !== undefined && (codePoints(piece) < lengthMin.besideFactor || filter.has(piece))) throw refuse.repeated()
  const rest = besidesWords(folded, words)
  if (rest !== undefined && (isTooLittle(rest) || filter.has(rest))) throw refuse.from_context()
}

/** The piece of which the text is two or more in a row, the last one perhaps cut short; undefined when there is none. */
function pieceOf(text: string): string | undefined {
  const letters = lettersOf(text)
  for (let length = 1; length * 2 <= letters.length; length++) {
    if (letters.every((letter, at) => at < length || letter === letters[at - length]))
      return letters.slice(0, length).join('')
  }
  return undefined
}

async function askOutside(
  text: string,
  outside: PasswordOptions['outside'] | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly judgement: Judgement; readonly outage: boolean }> {
  if (outside === undefined) return { judgement: { ok: true }, outage: false }
  const digest = createHash('sha1').update(text, 'utf8').digest('hex').toUpperCase()
  let suffixes: readonly string[]
  try {
    suffixes = await outside.service.suffixes(digest.slice(0, 5), signal)
  } catch (failure) {
    outside.recorded(failure)
    return { judgement: outside.outage === 'accept' ? { ok: true } : asJudgement(refuse.unchecked()), outage: true }
  }
  const found = suffixes.some(suffix => suffix.toUpperCase() === digest.slice(5))
  return { judgement: found ? asJudgement(refuse.breached()) : { ok: true }, outage: false }
}

function asJudgement(error: UpheldError): Judgement {
  return Object.freeze({
    ok: false,
    code: error.code,
    public: error.publicMessage,
    mend: error.mend,
    status: error.status,
  })
}
