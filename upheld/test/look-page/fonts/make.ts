import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { convert } from 'fontverter'
import { z } from 'zod'
import type { Cut } from './cuts.ts'
import { renamed } from './names.ts'

/** What the package is: one function, without types. */
const subsetting = z.custom<
  (
    font: Buffer,
    text: string,
    options: {
      readonly targetFormat: 'sfnt'
      readonly variationAxes: Cut['axes']
      readonly keepFeatures: readonly string[]
      readonly noHinting: boolean
      readonly dropTables: readonly string[]
    },
  ) => Promise<Buffer>
>(given => typeof given === 'function')
const subsetFont = subsetting.parse(createRequire(import.meta.url)('subset-font'))

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
