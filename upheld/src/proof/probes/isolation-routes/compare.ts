import type { Answer } from './wire.ts'

/** Whether an answer about somebody else's thing tells it from a thing that is not there. */

/** An answer, and every form of what was named in its request: where one of them comes back it is an echo. */
export interface Told {
  readonly answer: Answer
  readonly named: readonly string[]
}

/** They belong to the connection, not to the answer. */
const ofConnection = new Set(['connection', 'keep-alive', 'content-length'])

/**
 * What tells them apart; undefined when nothing does. The answer in question was given between two about things that
 * are not there: what already differs between those two, such as a date or a reference, says nothing. A clock that ticks
 * once between them ticks in one of both steps, so the middle one may agree with either.
 */
export function difference(before: Told, theirs: Told, after: Told): string | undefined {
  const [a, t, b] = [before.answer, theirs.answer, after.answer]
  if (t.status !== a.status && t.status !== b.status) return `status ${t.status} and not ${a.status}`
  return inHeaders(before, theirs, after) ?? inBody(before, theirs, after)
}

function inHeaders(before: Told, theirs: Told, after: Told): string | undefined {
  const names = [before, theirs, after].flatMap(({ answer }) => Object.keys(answer.headers))
  for (const name of new Set(names)) {
    if (ofConnection.has(name)) continue
    const [a, t, b] = [before, theirs, after].map(({ answer }) => answer.headers[name])
    if (a === undefined || b === undefined) {
      if (a === b && t !== undefined) return `a header ${name} that is otherwise not there`
      continue
    }
    if (t === undefined) return `no header ${name}`
    if (textDiffers([a, t, b], [before, theirs, after])) return `another header ${name}`
  }
  return lengthDiffers(before, theirs, after) ? 'another content-length' : undefined
}

/** The length of an answer without a body is all that is known of that body. */
function lengthDiffers(before: Told, theirs: Told, after: Told): boolean {
  const all = [before, theirs, after]
  if (all.some(({ answer }) => answer.body !== '')) return false
  const [a, t, b] = all.map(({ answer }) => answer.headers['content-length'])
  const sameSizes = new Set(all.map(({ named }) => named.map(one => one.length).join())).size === 1
  return sameSizes && a === b && t !== a
}

function inBody(before: Told, theirs: Told, after: Told): string | undefined {
  const all = [before, theirs, after] as const
  const [a, t, b] = [before.answer.body, theirs.answer.body, after.answer.body]
  if (!textDiffers([a, t, b], all)) return undefined
  return a.length === t.length ? 'another body' : `a body of ${t.length} characters and not ${a.length}`
}

type Three<T> = readonly [before: T, theirs: T, after: T]

function textDiffers([a, t, b]: Three<string>, tolds: Three<Told>): boolean {
  if (t === a || t === b) return false
  const [x, y, z] = [piecesOf(a), piecesOf(t), piecesOf(b)]
  if (x.length !== z.length) return !withinFrame(a, t, b)
  if (y.length !== x.length) return true
  const plain = tolds.map(({ named }) => echoes(named))
  return x.some((piece, at) => pieceDiffers([piece, y[at] ?? '', z[at] ?? ''], plain))
}

function piecesOf(text: string): string[] {
  return text.split(/([A-Za-z0-9_-]+)/)
}

function pieceDiffers([a, t, b]: Three<string>, plain: readonly ((text: string) => string)[]): boolean {
  if (a === b) return t !== a
  const [p, q, r] = [plain[0]?.(a) ?? a, plain[1]?.(t) ?? t, plain[2]?.(b) ?? b]
  if (p === r) return q !== p
  // Volatile: then of the same make at least.
  return !formsOf([p, r]).some(form => form.test(q))
}

const forms = [/^\d+$/, /^[0-9a-f-]+$/i, /^[\w-]+$/]

function formsOf(samples: readonly string[]): readonly RegExp[] {
  const form = forms.find(one => samples.every(sample => one.test(sample)))
  return form === undefined ? [/^[^]*$/] : [form]
}

/** Two texts of different make leave a frame: how they begin and how they end. */
function withinFrame(a: string, t: string, b: string): boolean {
  let head = 0
  while (head < a.length && a[head] === b[head]) head += 1
  let tail = 0
  while (tail < Math.min(a.length, b.length) - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1
  return t.startsWith(a.slice(0, head)) && (tail === 0 || t.endsWith(a.slice(-tail)))
}

/** The same text with every form of what was named taken out. */
function echoes(named: readonly string[]): (text: string) => string {
  const forms = [...new Set(named.flatMap(formsOfId))].filter(form => form !== '').sort((a, b) => b.length - a.length)
  return text => forms.reduce((rest, form) => rest.replaceAll(form, '‹named›'), text)
}

export function formsOfId(id: string): readonly string[] {
  const bare = id.replaceAll('-', '')
  return [id, id.toUpperCase(), id.toLowerCase(), encodeURIComponent(id), bare, bare.toUpperCase()]
}
