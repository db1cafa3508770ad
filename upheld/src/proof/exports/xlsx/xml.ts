import { refuse } from '../errors.ts'

/** One element, with the places in the text where it begins and ends. */
export interface Element {
  readonly from: number
  readonly to: number
  readonly attributes: ReadonlyMap<string, string>
  /** Everything between its tags; empty when it is closed at once. */
  readonly inner: string
  /** Where `inner` begins. */
  readonly innerFrom: number
}

/**
 * Refuses what programs do not write into sheets, and what could make this reader see another document than theirs does.
 * @throws exports.bad_spreadsheet
 */
export function assertPlain(xml: string, name: string): void {
  if (/<!|<\?(?!xml\s)/.test(xml))
    throw refuse.bad_spreadsheet({ detail: `${name} has a doctype, a comment or the like.` })
}

/**
 * The elements of a name that does not nest in itself, in order. Reads each character once.
 * @throws exports.bad_spreadsheet
 */
export function* elements(xml: string, name: string): Generator<Element> {
  const [open, close] = [`<${name}`, `</${name}>`]
  let at = xml.indexOf(open)
  while (at >= 0) {
    const after = xml[at + open.length]
    if (after === undefined) throw unfinished(name)
    if (!/[\s/>]/.test(after)) {
      at = xml.indexOf(open, at + open.length)
      continue
    }
    const element = elementAt(xml, { at, name, close })
    yield element
    at = xml.indexOf(open, element.to)
  }
}

interface Place {
  readonly at: number
  readonly name: string
  readonly close: string
}

function elementAt(xml: string, { at, name, close }: Place): Element {
  const tagEnd = tagEndOf(xml, at, name)
  const attributes = attributesOf(xml.slice(at + name.length + 1, tagEnd))
  if (xml[tagEnd - 1] === '/') return { from: at, to: tagEnd + 1, attributes, inner: '', innerFrom: tagEnd + 1 }
  const end = xml.indexOf(close, tagEnd)
  if (end < 0) throw unfinished(name)
  return { from: at, to: end + close.length, attributes, inner: xml.slice(tagEnd + 1, end), innerFrom: tagEnd + 1 }
}

/** A tag ends at the first `>` that stands in no value. */
function tagEndOf(xml: string, at: number, name: string): number {
  let quote = ''
  for (let place = at; place < xml.length; place += 1) {
    const character = xml[place] ?? ''
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '>') return place
  }
  throw unfinished(name)
}

function attributesOf(tag: string): ReadonlyMap<string, string> {
  const found = [...tag.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)]
  return new Map(found.map(([, name = '', double, single]) => [name, unescaped(double ?? single ?? '')]))
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Text as it is meant. @throws exports.bad_spreadsheet on an entity that XML does not have by itself */
export function unescaped(text: string): string {
  return text.replaceAll(/&([^;&]{0,10});?/g, (whole, entity: string) => {
    const numbered = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(entity)
    const code =
      numbered === null
        ? undefined
        : Number.parseInt(numbered[1] ?? numbered[2] ?? '', numbered[1] === undefined ? 10 : 16)
    const character = code === undefined ? named[entity] : code <= 0x10ffff ? String.fromCodePoint(code) : undefined
    if (character === undefined || !whole.endsWith(';')) throw refuse.bad_spreadsheet({ detail: 'An unknown entity.' })
    return character
  })
}

/** Text that XML 1.0 can hold, written so that it means itself. */
export function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

function unfinished(name: string): Error {
  return refuse.bad_spreadsheet({ detail: `An element ${name} has no end.` })
}
