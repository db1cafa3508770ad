import { readingsOf } from './fold.ts'

/** A heading that begins so opens a question, which the sentences under it answer: it states nothing itself. */
const opening = /^(?:who|whom|whose|what|which|where|when|why|how)\b/

/** What makes a sentence of a few words: somebody who does, is, has or will. */
const verbs =
  /(?<!\p{L})(?:we|i|it|they|is|are|am|was|were|be|been|can|cannot|could|will|would|shall|must|may|has|have|had|do|does|did|stay|stays|keep|keeps|kept|remain|remains|hold|holds|lives?|leaves?|gets?|\p{L}+n['’]t)(?!\p{L})/u

/** Words that promise where they stand alone: what is done to data, and the names of what one can be certified to. */
const asserting =
  /(?<!\p{L})(?:encrypted|sealed|hashed|secured?|securely|safe|safely|safest|protected|private|confidential|isolated|tested|audited|monitored|backed|replicated|certified|certificates?|accredited|compliant|compliance|approved|trusted|unhackable|military|bank|iso|soc|gdpr|hipaa|pci|nis2|dora|fedramp|c5|tisax|aes)(?!\p{L})/u

/** What in a heading promises something; undefined when nothing does. Strong words are looked for apart. */
export function promiseInHeading(text: string): string | undefined {
  for (const reading of readingsOf(text)) {
    if (opening.test(reading)) continue
    const found = verbs.exec(reading) ?? asserting.exec(reading)
    if (found !== null) return found[0]
  }
  return undefined
}

/** What in a note promises something: a note may be a sentence, but not about how well something is protected. */
export function promiseInNote(text: string): string | undefined {
  return readingsOf(text).flatMap(reading => asserting.exec(reading)?.[0] ?? [])[0]
}
