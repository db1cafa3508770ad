import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { refuse } from './errors.ts'
import type { Face } from './faces.ts'

/** A document that is read, pages that somebody works in, or those of operators, which the public never sees. */
export type Kind = 'set' | 'work' | 'console'

const common = ['tokens', 'base', 'controls'] as const
const document = ['document', 'record', 'wide', 'print'] as const
const work = [...common, 'work', 'people', 'organization', 'access', ...document] as const
/** A document needs nothing of what pages to work in are made of; those show records as well. */
const sheetsOf: Readonly<Record<Kind, readonly string[]>> = {
  set: [...common, ...document],
  work,
  console: [...work, 'console'],
}

/** The sheets of a kind as one text, without its comments. @throws look.file_missing */
export function styleOf(kind: Kind): string {
  return sheetsOf[kind].map(sheet => packed(readFile(`style/${sheet}.css`).toString())).join('\n')
}

export function faceRule({ family, weights, range }: Face, source: string): string {
  return (
    `@font-face{font-family:'${family}';font-weight:${weights};font-display:swap;` +
    `src:url(${source}) format('woff2');unicode-range:${range}}`
  )
}

/** A file beside this one. @throws look.file_missing */
export function readFile(path: string): Buffer {
  const url = new URL(path, import.meta.url)
  try {
    return readFileSync(fileURLToPath(url))
  } catch (cause) {
    throw refuse.file_missing({ detail: url.href, cause })
  }
}

function packed(sheet: string): string {
  return sheet
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};]) ?/g, '$1')
}
