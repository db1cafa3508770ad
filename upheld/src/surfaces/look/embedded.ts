import { faces } from './faces.ts'
import { faceRule, readFile, styleOf } from './style.ts'

/**
 * The style of a document as one text for a file that stands alone: the fonts for what it is written with, about 55 kB,
 * are in it as data, and it names no other address. Every other script is set in a face of the reader's system.
 * @throws look.file_missing
 */
export function embeddedStyle(): string {
  const fonts = faces
    .filter(face => face.basic)
    .map(face => faceRule(face, `data:font/woff2;base64,${readFile(`fonts/${face.file}.woff2`).toString('base64')}`))
  return [...fonts, styleOf('set')].join('\n')
}
