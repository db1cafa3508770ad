import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { allSettings, listOf, resolve } from './settings.ts'

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

suite('behind a proxy', () => {
  const one = (option: string, value: string) => resolve(new Map([[option, value]]), {}).settings

  for (const origin of [
    'https://desk.example',
    'https://desk.example:8443',
    'http://localhost:8080',
    'http://[::1]:80',
  ])
    test(`${origin} is where people may reach it`, () => {
      // Browsers leave out the port that a scheme has by itself, and so does whoever writes an origin down.
      if (origin.endsWith(':80')) assert.throws(() => one('public-origin', origin), { code: 'cli.bad_option' })
      else assert.equal(one('public-origin', origin).publicOrigin, origin)
    })

  for (const [attack, text] of [
    ['plain http that leaves this machine', 'http://desk.example'],
    ['a slash at the end', 'https://desk.example/'],
    ['a path', 'https://desk.example/app'],
    ['a query', 'https://desk.example?x'],
    ['a user', 'https://ada@desk.example'],
    ['capitals', 'https://Desk.example'],
    ['a host alone', 'desk.example'],
    ['another scheme', 'javascript:alert(1)'],
    ['all hosts', '*'],
    ['two of them', 'https://desk.example,https://other.example'],
    ['a name that begins like this machine', 'http://localhost.evil.example'],
    ['nothing', ''],
  ] as const)
    test(`a public origin with ${attack} is refused by its option`, () => {
      assert.throws(() => one('public-origin', text), {
        code: 'cli.bad_option',
        message: /--public-origin: expected https/,
      })
    })

  test('proxies are trusted by address or network, in a list', () => {
    assert.deepEqual(listOf(one('trusted-proxies', '127.0.0.1, 10.0.0.0/8,::1').trustedProxies), [
      '127.0.0.1',
      '10.0.0.0/8',
      '::1',
    ])
    assert.deepEqual(listOf(undefined), [])
  })

  for (const text of ['0.0.0.0/0', '::/0', '*', 'proxy.example', '127.0.0.1,', '10.0.0.0/40'])
    test(`${text} is no list of proxies`, () => {
      assert.throws(() => one('trusted-proxies', text), {
        code: 'cli.bad_option',
        message: /--trusted-proxies: expected/,
      })
    })

  test('both come from the environment, too', () => {
    const env = { UPHELD_PUBLIC_ORIGIN: 'https://desk.example', UPHELD_TRUSTED_PROXIES: '127.0.0.1' }
    const { settings } = resolve(new Map(), env)
    assert.deepEqual([settings.publicOrigin, settings.trustedProxies], ['https://desk.example', '127.0.0.1'])
  })
})
