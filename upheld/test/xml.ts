import { DOMParser, XMLSerializer, type Element } from '@xmldom/xmldom'
import assert from 'node:assert/strict'

// Documents read by a parser that is not ours.

/** The root element. Anything that is not well formed fails. */
export function parsedXml(text: string): Element {
  const problems: string[] = []
  const parser = new DOMParser({ onError: (level, message) => problems.push(`${level}: ${message}`) })
  const root = parser.parseFromString(text, 'application/xml').documentElement
  // It wonders about U+FFFD, which stands where XML has no place for a character.
  assert.deepEqual(
    problems.filter(problem => !problem.includes('Unicode replacement character')),
    [],
  )
  assert.ok(root !== null)
  return root
}

/** Elements of this name right below. */
export function below(parent: Element, name: string): Element[] {
  return Array.from(parent.childNodes).filter((node): node is Element => node.nodeName === name)
}

/** The text of the one element of this name. */
export function textOf(parent: Element, name: string): string {
  const found = below(parent, name)
  assert.equal(found.length, 1, `one ${name}`)
  return found[0]?.textContent ?? ''
}

/** The element as it would be written. */
export function written(element: Element): string {
  return new XMLSerializer().serializeToString(element)
}
