import { randomInt } from 'node:crypto'
import { forms, viewsOf, type Form } from './forms.ts'

/** A secret that was sent somewhere and may come out nowhere. */
interface Secret {
  readonly text: string
  /** The input that it was sent to, for a finding. */
  readonly input: string
}

/** Where a secret came out, and how. */
export interface Leak {
  readonly input: string
  readonly form: string
}

/** All secrets of one run. */
export interface Secrets {
  /** A new one for this input. */
  plant(input: string): string
  /** The same, as a number: 15 digits, which a number of JSON holds. */
  plantNumber(input: string): number
  readonly planted: readonly Secret[]
  /** Looks for all of them in one output, whole or in part. Ends with the first that it finds. */
  search(parts: AsyncIterable<Uint8Array>): Promise<Leak | undefined>
  searchText(text: string): Leak | undefined
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
const word = (length: number): string => Array.from({ length }, () => letters[randomInt(letters.length)] ?? '').join('')

/** Letters of either end that are enough to know it again: by chance, eight of 36 stand nowhere in ten megabytes. */
const enough = 8
const endLength = 12
/** Signs of one view that are kept for what begins in one part and ends in the next. */
const overlap = 4096

interface Needle {
  readonly form: Form
  readonly signs: string
}

/**
 * Every secret of a run begins and ends with the same random letters and has its number between: so two words are looked
 * for in every form, whatever the number of inputs, and half a secret is found like a whole one.
 */
export function openSecrets(): Secrets {
  const [head, tail] = [word(endLength), word(endLength)]
  const digits = `${randomInt(100_000, 1_000_000)}${randomInt(100_000, 1_000_000)}`
  const planted: Secret[] = []
  const needles: readonly Needle[] = forms.flatMap(form =>
    [head.slice(0, enough), tail.slice(-enough)].flatMap(text => form.of(text).map(signs => ({ form, signs }))),
  )
  const add = (text: string, input: string): string => {
    planted.push({ text, input })
    return text
  }
  const look = (views: ReturnType<typeof viewsOf>): Leak | undefined => {
    for (const { form, signs } of needles) {
      const at = views[form.view].indexOf(signs)
      if (at < 0) continue
      const around = views[form.view].slice(Math.max(0, at - 300), at + 300)
      return { input: whose(planted, around, form), form: form.name }
    }
    return views.folded.includes(digits) ? { input: numberOf(planted, digits), form: 'as it is' } : undefined
  }
  return Object.freeze({
    planted,
    plant: (input: string) => add(`${head}${planted.length.toString(36).padStart(4, '0')}${tail}`, input),
    plantNumber: (input: string) => Number(add(`${digits}${String(planted.length % 1000).padStart(3, '0')}`, input)),
    async search(parts: AsyncIterable<Uint8Array>) {
      const tails = { exact: '', folded: '' }
      for await (const part of parts) {
        const fresh = viewsOf(part)
        const views = { exact: tails.exact + fresh.exact, folded: tails.folded + fresh.folded }
        const found = look(views)
        if (found !== undefined) return found
        tails.exact = views.exact.slice(-overlap)
        tails.folded = views.folded.slice(-overlap)
      }
      return undefined
    },
    searchText: (text: string) => look(viewsOf(Buffer.from(text))),
  })
}

/** The input whose whole secret stands there; of a part that has no number nobody can say. */
function whose(planted: readonly Secret[], around: string, form: Form): string {
  const numbered = (text: string): readonly string[] => [
    ...form.of(text.slice(0, endLength + 4)),
    ...form.of(text.slice(endLength)),
  ]
  const found = planted.find(({ text }) => numbered(text).some(signs => around.includes(signs)))
  return found?.input ?? 'one of the inputs'
}

function numberOf(planted: readonly Secret[], digits: string): string {
  return planted.find(({ text }) => text.startsWith(digits))?.input ?? 'a number in one of the inputs'
}
