import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { convert } from 'fontverter'
import subsetFont from 'subset-font'
import type { Cut } from './cuts.ts'
import { renamed } from './names.ts'

/** The file of a cut: woff2, without instructions for hinting, under a name of ours. The same bytes on every machine. */
export async function makeCut(cut: Cut): Promise<Buffer> {
  const source = readFileSync(fileURLToPath(import.meta.resolve(cut.from)))
  const sfnt = await subsetFont(source, cut.characters, {
    targetFormat: 'sfnt',
    variationAxes: cut.axes,
    keepFeatures: cut.features,
    noHinting: true,
    dropTables: ['DSIG', 'meta', 'STAT'],
  })
  return convert(renamed(sfnt, cut.family), 'woff2')
}

/** Where the files stand. */
export const fontFolder = new URL('../../../src/surfaces/look/fonts/', import.meta.url)
