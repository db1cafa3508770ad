import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { allSettings, resolve } from './settings.ts'

suite('a setting', () => {
  test('comes from the command line before the environment before its default', () => {
    const { settings, origins } = resolve(new Map([['port', '5000']]), { UPHELD_PORT: '6000', UPHELD_HOST: '::1' })
    assert.deepEqual([settings.port, origins.get('port')], [5000, 'option'])
    assert.deepEqual([settings.host, origins.get('host')], ['::1', 'environment'])
    assert.deepEqual([settings.state, origins.get('state')], ['.upheld', 'default'])
  })

  test('that is empty in the environment counts as unset', () => {
    const { settings, origins } = resolve(new Map(), { UPHELD_PORT: '', UPHELD_DATABASE_URL: '' })
    assert.deepEqual([settings.port, settings.database, origins.get('port')], [4180, undefined, 'default'])
  })

  test('out of bounds is refused, all of them at once, and no value is repeated', () => {
    const given = new Map([
      ['port', '70000'],
      ['database', 'hunter2'],
      ['silence-secs-max', '1e3'],
      ['body-bytes-max', ''],
    ])
    assert.throws(
      () => resolve(given, {}),
      (thrown: Error) => {
        for (const name of ['--port', '--database', '--silence-secs-max', '--body-bytes-max']) {
          assert.ok(thrown.message.includes(name), name)
        }
        assert.doesNotMatch(thrown.message, /hunter2|70000/)
        return true
      },
    )
  })

  test('has words, and a variable of its own', () => {
    for (const { name, says } of allSettings) assert.ok(says.length > 10, name)
    const variables = allSettings.flatMap(({ env }) => env ?? [])
    assert.equal(new Set(variables).size, variables.length)
    assert.ok(variables.every(variable => /^UPHELD_[A-Z_]+$/.test(variable)))
  })
})
