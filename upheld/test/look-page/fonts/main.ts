// npm run fonts: cuts the fonts of the pages out of the packages that bring them whole.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cuts } from './cuts.ts'
import { fontFolder, makeCut } from './make.ts'

mkdirSync(fontFolder, { recursive: true })
for (const cut of cuts) {
  const bytes = await makeCut(cut)
  writeFileSync(new URL(`${cut.name}.woff2`, fontFolder), bytes)
  process.stdout.write(`${cut.name}.woff2: ${bytes.byteLength} bytes\n`)
}
