import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { refuse } from './errors.ts'
import { faces } from './faces.ts'

const sheets = ['tokens', 'base', 'controls', 'document', 'record', 'wide', 'print']

/**
 * The style of every page as one text for a file that stands alone: the Latin cuts of the fonts, about 0.2 MB, are in it
 * as data, and it names no other address. Every other script is set in a face of the reader's system.
 * @throws look.file_missing
 */
export function embeddedStyle(): string {
  const fonts = faces
    .filter(({ module }) => module.includes('-latin-') && !module.includes('-latin-ext-'))
    .map(
      face =>
        `@font-face{font-family:'${face.family}';font-style:${face.style};font-weight:${face.weights};font-display:swap;` +
        `src:url(data:font/woff2;base64,${read(import.meta.resolve(face.module)).toString('base64')}) format('woff2');` +
        `unicode-range:${face.range}}`,
    )
  return [...fonts, ...sheets.map(sheet => read(new URL(`style/${sheet}.css`, import.meta.url).href).toString())].join(
    '\n',
  )
}

function read(url: string): Buffer {
  try {
    return readFileSync(fileURLToPath(url))
  } catch (cause) {
    throw refuse.file_missing({ detail: url, cause })
  }
}
