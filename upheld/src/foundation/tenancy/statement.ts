import { assertDml } from './gate.ts'
import type { Statement } from './ports.ts'

/** Statements that keep a name, and so their plan, on each connection. Texts past this are parsed each time. */
const namedMax = 500

/** Turns a text or a template into a statement, gated once per text. */
interface Statements {
  ofText(text: string, values: readonly unknown[]): Statement
  ofTemplate(template: TemplateStringsArray, values: readonly unknown[]): Statement
}

export function statements(): Statements {
  const names = new Map<string, string>()
  const texts = new WeakMap<TemplateStringsArray, string>()

  const ofText = (text: string, values: readonly unknown[]): Statement => {
    const known = names.get(text)
    if (known !== undefined) return { text, values, name: known }
    assertDml(text)
    if (names.size >= namedMax) return { text, values, name: '' }
    const name = `upheld_${names.size + 1}`
    names.set(text, name)
    return { text, values, name }
  }

  return Object.freeze({
    ofText,
    ofTemplate(template: TemplateStringsArray, values: readonly unknown[]) {
      let text = texts.get(template)
      if (text === undefined) {
        text = template.reduce((before, part, index) => `${before}$${index}${part}`)
        texts.set(template, text)
      }
      return ofText(text, values)
    },
  })
}
