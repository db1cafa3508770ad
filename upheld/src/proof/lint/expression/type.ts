import { NotUnderstood, type Reader } from './reader.ts'

const continued = /^(varying|precision|with|without|time|zone|to|day|hour|minute|second|year|month)$/

/** The name of a type after `::`, with its length, as `character varying(20)` or `uuid[]`. */
export function typeOf(reader: Reader): string {
  const words: string[] = []
  for (;;) {
    const token = reader.take()
    if (token.kind !== 'word' && token.kind !== 'name') throw new NotUnderstood(token.text)
    words.push(token.text)
    if (reader.look().text === '.') {
      reader.take()
      words.push('.')
      continue
    }
    if (reader.has('(')) {
      words.push('(')
      while (!reader.has(')')) {
        if (reader.look().kind === 'end') throw new NotUnderstood()
        words.push(reader.take().text)
      }
      words.push(')')
    }
    if (reader.look().kind !== 'word' || !continued.test(reader.look().text)) break
  }
  while (reader.has('[', ']')) words.push('[]')
  return words.join(' ').replace(/ ?([.(),]|\[\]) ?/g, '$1')
}
