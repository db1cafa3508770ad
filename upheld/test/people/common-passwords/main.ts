import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { makeFuse } from './fuse.ts'
import { commonEntries, commonLists, lengthMin } from './lists.ts'

/** Makes `guards/passwords/filter/` anew, from the lists of development packages: the same bytes from the same lists. */
const folder = new URL('../../../src/guards/passwords/filter/', import.meta.url)
const entries = commonEntries()
const { bytes, shape } = makeFuse(entries)
const record = {
  says: 'Passwords that attackers try first, in lower case and NFC, as a binary fuse filter of 16-bit fingerprints.',
  made: new Date().toISOString().slice(0, 10),
  sources: commonLists().map(({ source }) => source),
  entries: entries.length,
  lengthMin,
  falsePositives: '1 of 65,536; none of the entries is missed',
  ...shape,
  bytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
}
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('common.bin', folder), bytes)
writeFileSync(new URL('common.json', folder), `${JSON.stringify(record, undefined, 2)}\n`)
process.stdout.write(`${entries.length} entries, ${bytes.length} bytes, seed ${shape.seed}\n`)
