import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import { housePermissions } from '../../src/guards/access/index.ts'
import { freshSecs, waysIn } from '../../src/guards/identity/index.ts'
import { openCommonPasswords } from '../../src/guards/passwords/index.ts'
import { parseLimits } from '../../src/guards/takeover/limits.ts'
import { identityStage, password, visitor, type Stage } from './identity-stage.ts'

const guide = readFileSync(new URL('../../../docs/guide/people.md', import.meta.url), 'utf8')

/** Rows of the table below a heading, as pairs. */
function table(heading: string): Readonly<Record<string, string>> {
  const part = guide.split('\n## ').find(text => text.startsWith(heading)) ?? ''
  const rows = [...part.matchAll(/^\| `([\w.-]+)` \| (.+) \|$/gm)]
  return Object.fromEntries(rows.map(([, name = '', value = '']): [string, string] => [name, value]))
}

suite('the guide says what the code does', () => {
  // ASVS 6.1.1
  test('every limit of guessing, with its usual value', () => {
    const usual = Object.entries(parseLimits({})).map(([name, value]) => [name, String(value)])
    assert.deepEqual(table('Guessing'), Object.fromEntries(usual))
  })

  // ASVS 6.1.3
  test('every way in, with what it asks for', () => {
    assert.deepEqual(table('Ways in'), Object.fromEntries(Object.entries(waysIn).map(([way, { says }]) => [way, says])))
  })

  // ASVS 7.1.1, 7.1.3
  test('every act that asks for a fresh proof, and the limits of sessions, those of a provider included', () => {
    const usual = Object.entries(freshSecs).map(([act, secs]) => [act, String(secs)])
    assert.deepEqual(table('Sessions'), Object.fromEntries(usual))
    assert.match(guide, /A session of a provider \(`sso`\) has the same limits/)
  })

  // ASVS 8.1.1, 8.1.2
  test('every permission of the house, and that fields have permissions of their own', () => {
    const usual = Object.entries(housePermissions).map(([name, { says }]) => [name, says])
    assert.deepEqual(table('What members may do'), Object.fromEntries(usual))
    assert.match(guide, /which permission reads and which writes a field/)
  })

  // ASVS 6.1.2
  test('words of the context, and how many common passwords are refused', () => {
    const { entries } = openCommonPasswords().record
    assert.ok(guide.includes(`${entries.toLocaleString('en-US')} passwords`))
    assert.ok(guide.includes('`contextWords`'))
  })
})

suite('a password', () => {
  let stage: Stage
  before(async () => {
    stage = await identityStage()
  })
  after(() => stage.close())

  // ASVS 6.2.10
  test('is as good after ten years as on its first day', async () => {
    const { email } = await stage.somebody()
    stage.people.clock.turn(10 * 365 * 86_400)
    const arrival = await stage.identity.signIn({ email, password }, visitor())
    assert.equal(arrival.needs, 'nothing')
  })
})
