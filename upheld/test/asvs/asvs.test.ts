import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { holes } from './holes.ts'
import { requirements } from './requirements.ts'
import { missing, taggedTests } from './table.ts'

suite('OWASP ASVS 5.0.0, V6 to V9', () => {
  test('the requirements are all there, each once: 47 of V6, 19 of V7, 13 of V8, 7 of V9', () => {
    const count = (chapter: string) => requirements.filter(({ id }) => id.startsWith(`${chapter}.`)).length
    assert.deepEqual(['6', '7', '8', '9'].map(count), [47, 19, 13, 7])
    assert.equal(new Set(requirements.map(({ id }) => id)).size, requirements.length)
  })

  test('every tag and every reason names a requirement, and no reason is for what is tested', () => {
    const known = new Set(requirements.map(({ id }) => id))
    const tests = taggedTests()
    assert.ok(tests.length > 0)
    assert.deepEqual(
      [...tests.map(({ id }) => id), ...Object.keys(holes)].filter(id => !known.has(id)),
      [],
    )
    assert.deepEqual(
      Object.keys(holes).filter(id => tests.some(one => one.id === id)),
      [],
    )
  })

  test('no requirement of level 2 and below is without a test or a written reason', () => {
    assert.deepEqual(missing(2), [])
  })
})
