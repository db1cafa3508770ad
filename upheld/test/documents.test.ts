import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { suite, test } from 'node:test'
import { z } from 'zod'
import { provenClaims } from '../src/proof/probes/index.ts'
import { parseWords } from '../src/surfaces/cli/arguments.ts'
import { commands } from '../src/surfaces/cli/commands.ts'
import { allSettings } from '../src/surfaces/cli/settings.ts'

const root = resolve(import.meta.dirname, '..', '..')
const pages = [...globSync('*.md', { cwd: root }), ...globSync('docs/**/*.md', { cwd: root })].map(name => ({
  name,
  text: readFileSync(join(root, name), 'utf8'),
}))
const readme = pages.find(({ name }) => name === 'README.md')?.text ?? ''

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
const numbers: Readonly<Record<number, string>> = { 19: 'Nineteen', 20: 'Twenty', 21: 'Twenty-one', 22: 'Twenty-two' }

/** What a document lets somebody type behind `npx upheld`, word by word. */
function typed(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/npx upheld ([^`\n]+)/g)].map(([, line = '']) =>
    line.split(' ').map(word => word.replaceAll('"', '')),
  )
}

suite('documents', () => {
  test('the first page names every promise that is proven, and how many they are', () => {
    const named = [...readme.matchAll(/^\| `([a-z.-]+)` \|/gm)].map(([, name]) => name)
    assert.deepEqual(named.toSorted(), provenClaims.map(({ id }) => id).toSorted())
    assert.ok(readme.includes(`${numbers[named.length] ?? named.length} promises are proven`))
  })

  test('every link to a file leads to one', () => {
    for (const { name, text } of pages) {
      for (const [, to = ''] of text.matchAll(/\]\((?!https?:|mailto:|claim:|#)([^)#\s]+)/g)) {
        assert.ok(existsSync(join(root, dirname(name), to)), `${name}: ${to}`)
      }
    }
  })

  test('every command that somebody may type is understood', () => {
    let count = 0
    for (const { name, text } of pages) {
      for (const words of typed(text)) {
        const command = commands
          .filter(one => one.hidden !== true && words.join(' ').startsWith(one.name))
          .reduce((a, b) => (b.name.length > a.name.length ? b : a))
        count++
        assert.doesNotThrow(
          () => parseWords(command, words.slice(command.name.split(' ').length)),
          `${name}: ${words.join(' ')}`,
        )
      }
    }
    assert.ok(count >= 15, String(count))
  })

  test('every script of npm that is named is there', () => {
    for (const { name, text } of pages) {
      for (const [, script = ''] of text.matchAll(/npm run ([a-z]+)/g))
        assert.ok(Object.hasOwn(scripts, script), `${name}: ${script}`)
    }
    for (const script of ['start', 'test'])
      assert.ok(Object.hasOwn(scripts, script) && readme.includes(`npm ${script}`))
  })

  test('the address of the demo is the one that it has', () => {
    const port = allSettings.find(({ name }) => name === 'port')?.fallback
    const said = pages.flatMap(({ text }) => [...text.matchAll(/http:\/\/localhost:(\d+)/g)].map(([, one]) => one))
    assert.ok(said.length > 0)
    assert.deepEqual([...new Set(said)], [port])
  })
})
