import type { Answer } from './wire.ts'

/** Whether an answer about somebody else's thing tells it from a thing that is not there. */

/** An answer, and every form of what was named in its request: where one of them comes back it is an echo. */
export interface Told {
  readonly answer: Answer
  readonly named: readonly string[]
}

/** They belong to the connection, or follow from the body. */
const notCompared = new Set(['connection', 'keep-alive', 'content-length'])

/**
 * What tells them apart; undefined when nothing does. `absent` are two answers or more about things that are not there,
 * asked before and after: what differs among those, such as a date or a reference, says nothing.
 */
export function difference(absent: readonly Told[], theirs: Told): string | undefined {
  const statuses = absent.map(({ answer }) => answer.status)
  if (!statuses.includes(theirs.answer.status)) return `status ${theirs.answer.status} and not ${statuses[0] ?? 'any'}`
  return inHeaders(absent, theirs) ?? inBody(absent, theirs)
}

function inHeaders(absent: readonly Told[], theirs: Told): string | undefined {
  const names = [...absent, theirs].flatMap(({ answer }) => Object.keys(answer.headers))
  for (const name of new Set(names)) {
    if (notCompared.has(name)) continue
    const given = theirs.answer.headers[name]
    const there = absent.flatMap(told => {
      const text = told.answer.headers[name]
      return text === undefined ? [] : [{ text, named: told.named }]
    })
    if (there.length === 0) return `a header ${name} that is otherwise not there`
    if (there.length < absent.length) continue
    if (given === undefined) return `no header ${name}`
    if (textDiffers(there, { text: given, named: theirs.named })) return `another header ${name}`
  }
  return lengthDiffers(absent, theirs) ? 'another content-length' : undefined
}

/** The length of an answer without a body is all that is known of that body. */
function lengthDiffers(absent: readonly Told[], theirs: Told): boolean {
  const all = [...absent, theirs]
  if (all.some(({ answer }) => answer.body !== '')) return false
  if (new Set(all.map(({ named }) => named.map(one => one.length).join())).size > 1) return false
  const lengths = new Set(absent.map(({ answer }) => answer.headers['content-length']))
  return lengths.size === 1 && !lengths.has(theirs.answer.headers['content-length'])
}

function inBody(absent: readonly Told[], theirs: Told): string | undefined {
  const bodies = absent.map(({ answer, named }) => ({ text: answer.body, named }))
  const body = theirs.answer.body
  if (!textDiffers(bodies, { text: body, named: theirs.named })) return undefined
  const sizes = bodies.map(({ text }) => text.length)
  return sizes.includes(body.length) ? 'another body' : `a body of ${body.length} characters and not ${sizes[0] ?? 0}`
}

interface Text {
  readonly text: string
  readonly named: readonly string[]
}

function textDiffers(absent: readonly Text[], theirs: Text): boolean {
  if (absent.some(({ text }) => text === theirs.text)) return false
  const pieces = absent.map(({ text }) => piecesOf(text))
  const given = piecesOf(theirs.text)
  const sizes = new Set(pieces.map(one => one.length))
  if (sizes.size > 1) return !fits(absent, theirs.text)
  if (!sizes.has(given.length)) return true
  const plain = absent.map(({ named }) => echoes(named))
  const plainly = echoes(theirs.named)
  return given.some((piece, at) => {
    const samples = pieces.map(one => one[at] ?? '')
    if (new Set(samples).size === 1) return samples[0] !== piece
    const without = new Set(samples.map((sample, which) => plain[which]?.(sample) ?? sample))
    if (without.size === 1) return !without.has(plainly(piece))
    // Volatile: then at least of the same make, a word for a word.
    return samples.every(sample => word.test(sample)) && !word.test(piece)
  })
}

const word = /^[A-Za-z0-9_-]+$/

function piecesOf(text: string): string[] {
  return text.split(/([A-Za-z0-9_-]+)/)
}

/** Texts of different make leave a frame: how all of them begin and how all end. */
function fits(absent: readonly Text[], given: string): boolean {
  const texts = absent.map(({ text }) => text)
  const [first = ''] = texts
  const shortest = Math.min(...texts.map(text => text.length))
  let head = 0
  while (head < shortest && texts.every(text => text[head] === first[head])) head += 1
  let tail = 0
  while (tail < shortest - head && texts.every(text => text.at(-1 - tail) === first.at(-1 - tail))) tail += 1
  return given.startsWith(first.slice(0, head)) && (tail === 0 || given.endsWith(first.slice(-tail)))
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
