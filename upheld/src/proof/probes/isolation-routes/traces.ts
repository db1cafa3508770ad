import type { Furnishing } from '../../../routes.ts'
import type { Answer } from './wire.ts'

/** What must never reach the thief: the mark that stands in every text of the victim's, and ids that the thief did not name. */
export interface Traces {
  /** What stands in this answer, in words that quote nothing; undefined when there is nothing. */
  in(answer: Answer, named: readonly string[]): string | undefined
}

/** Shorter ids stand by chance in any page. */
const idLengthMin = 8

export function tracesOf(mark: string, { ids }: Furnishing, own: Furnishing): Traces {
  const marks = [mark, Buffer.from(mark).toString('hex'), ...inBase64(mark)]
  const mine = new Set(Object.values(own.ids))
  const telling = Object.entries(ids).filter(([, id]) => id.length >= idLengthMin && !mine.has(id))
  return Object.freeze({
    in({ headers, body }: Answer, named: readonly string[]) {
      const text = [...Object.values(headers), body].join('\n').toLowerCase()
      const plain = text.includes('%') ? `${text}\n${decoded(text)}` : text
      if (marks.some(one => plain.includes(one.toLowerCase()))) return 'their text came with the answer'
      const kind = telling.find(([, id]) => !named.includes(id) && plain.includes(id.toLowerCase()))?.[0]
      return kind === undefined ? undefined : `the id of their ${kind} came with the answer`
    },
  })
}

/** The middle of the text as base64 writes it, wherever it begins within three bytes. */
function inBase64(text: string): string[] {
  return [0, 1, 2].map(shift =>
    Buffer.from(' '.repeat(shift) + text)
      .toString('base64url')
      .slice(4, -4),
  )
}

function decoded(text: string): string {
  return text.replaceAll(/(%[0-9a-f]{2})+/g, part => {
    try {
      return decodeURIComponent(part)
    } catch {
      return part
    }
  })
}
