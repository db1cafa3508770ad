import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { holes } from './holes.ts'
import { requirements } from './requirements.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** A test that stands for requirements: the line `// ASVS 6.5.1, 6.5.5` directly above it says which. */
interface Tagged {
  readonly id: string
  readonly test: string
  readonly file: string
}

const tag = /\/\/ ASVS ([\d., ]+)\n\s*(?:await )?test\(\s*(['"`])(.+?)\2/gs

export function taggedTests(): readonly Tagged[] {
  const found: Tagged[] = []
  const files = globSync('{upheld,desk}/**/*.test.ts', {
    cwd: root,
    exclude: name => name === 'node_modules',
  }).toSorted()
  for (const path of files) {
    const text = readFileSync(join(root, path), 'utf8')
    for (const [, ids = '', , test = ''] of text.matchAll(tag)) {
      for (const id of ids.split(',')) found.push({ id: id.trim(), test, file: relative(root, join(root, path)) })
    }
  }
  return found
}

/** Requirements at this level and below that have neither a test nor a written reason. */
export function missing(level: number): readonly string[] {
  const tested = new Set(taggedTests().map(({ id }) => id))
  return requirements
    .filter(one => one.level <= level && !tested.has(one.id) && !Object.hasOwn(holes, one.id))
    .map(({ id, says }) => `${id} ${says}`)
}

/** The table as it is published: docs/reference/asvs.md. */
export function asvsTable(): string {
  const tests = Map.groupBy(taggedTests(), ({ id }) => id)
  const rows = requirements.map(({ id, level, says }) => {
    const own = tests.get(id) ?? []
    const proof = own.map(({ test, file }) => `${test.replaceAll('|', '\\|')} (\`${file}\`)`).join('<br>')
    const reason = holes[id]
    const cell = [proof, reason === undefined ? '' : `*${reason}*`].filter(text => text !== '').join('<br>')
    return `| ${id} | ${level} | ${says} | ${cell === '' ? '-' : cell} |`
  })
  return [
    '# OWASP ASVS 5.0.0: what is tested',
    '',
    'Chapters V6 to V9, each requirement with the tests that hold it, by the tags in their files. The words are ours; the',
    'numbers and levels are those of OWASP ASVS 5.0.0. A reason in italics stands where no test of ours can.',
    '',
    '| requirement | level | in our words | tests |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
