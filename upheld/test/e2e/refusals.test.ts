import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { generateSignerKey } from '../../src/core/transparency/index.ts'
import { startTestServer, type TestServer } from '../../src/testing/server.ts'
import { clinic, endAll, run, scratch, start, stop } from './harness.ts'
import { oldServer } from './old-server.ts'

// Bad input: a clear message with a stable code and a mend, nothing lost, nothing green, no stack trace.

const place = scratch()
after(async () => {
  await endAll()
  place.remove()
})
const fresh = (name: string): string => join(place.folder, name)

async function refused(
  words: readonly string[],
  expected: { readonly code: string; readonly exit: number; readonly says?: RegExp },
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { code, out, err } = await run(words, env)
  assert.ok(err.includes(expected.code), `expected ${expected.code}:\n${err}`)
  if (expected.says !== undefined) assert.match(err, expected.says)
  assert.doesNotMatch(err, /\n\s+at .*:\d+:\d+|hunter2/)
  assert.equal(code, expected.exit, err)
  assert.equal(out, '')
}

suite('a command line', () => {
  const cases = [
    [['up', '--app', clinic, '--prot', '1'], 'cli.unknown_option', /Did you mean --port\?/],
    [['chekc'], 'cli.unknown_command', /Did you mean: upheld check\?/],
    [['up', '--app', clinic, '--port', '99999'], 'cli.bad_option', /--port/],
    [['up'], 'cli.app_missing', /--app/],
    [['up', '--app', './no-such-module.ts'], 'cli.app_unreadable', /no-such-module/],
    [['serve'], 'cli.not_a_child', /upheld up/],
    [['check'], 'cli.no_system', /npm start/],
    [['verify', './no-such-bundle.json'], 'cli.bundle_unreadable', /no-such-bundle/],
  ] as const
  for (const [words, code, says] of cases) {
    const state =
      words[0] === 'verify' || words[0] === 'serve' || words[0] === 'chekc' ? [] : ['--state', fresh('none')]
    test(`upheld ${words.map(word => (word === clinic ? 'clinic' : word)).join(' ')}: ${code}`, () =>
      refused([...words, ...state], { code, exit: 64, says }))
  }

  test('the first word of two lists what may follow', async () => {
    const [asked, alone] = [await run(['vault', '--help']), await run(['vault'])]
    assert.deepEqual([asked.code, alone.code], [0, 64])
    assert.match(asked.out, /vault status .*\n.*vault rotate .*\n.*vault shred /)
    assert.equal(alone.out, asked.out)
    assert.doesNotMatch(asked.out, /audit export/)
  })

  test('with --json the refusal is a document on standard output, and nothing else is there', async () => {
    const { code, out } = await run(['up', '--prot', '1', '--json'])
    assert.equal(code, 64)
    const document: unknown = JSON.parse(out)
    assert.match(JSON.stringify(document), /"code":"cli\.unknown_option"/)
  })
})

suite('a database that was named', () => {
  let server: TestServer
  before(async () => {
    server = await startTestServer()
  })
  after(() => server.stop())

  const up = (url: string, name: string): [string[], Record<string, string>] => [
    ['up', '--app', clinic, '--state', fresh(name)],
    { UPHELD_DATABASE_URL: url },
  ]

  test('with a wrong password is refused, and the password is not repeated', async () => {
    const url = new URL(server.adminUrl)
    url.password = 'hunter2'
    const [words, env] = up(url.href, 'wrong-password')
    await refused(words, { code: 'postgres.wrong_password', exit: 70 }, env)
  })

  test('that does not exist is refused', async () => {
    const url = new URL(server.adminUrl)
    url.pathname = '/nowhere'
    const [words, env] = up(url.href, 'no-database')
    await refused(words, { code: 'postgres.no_database', exit: 70, says: /nowhere/ }, env)
  })

  test('where nobody answers is refused', async () => {
    const [words, env] = up('postgres://upheld:hunter2@127.0.0.1:1/upheld', 'nobody')
    await refused(words, { code: 'postgres.no_server', exit: 70 }, env)
  })

  test('on too old a server is refused', async () => {
    const old = await oldServer('14.9', 14)
    const [words, env] = up(`postgres://upheld:hunter2@127.0.0.1:${old.port}/upheld`, 'too-old')
    await refused(words, { code: 'postgres.too_old', exit: 70, says: /14\.9/ }, env)
    old.close()
  })
})

suite('a state folder', () => {
  test('below something that is no folder is refused', async () => {
    writeFileSync(fresh('file'), '')
    const state = join(fresh('file'), 'state')
    await refused(['up', '--app', clinic, '--state', state], { code: 'cli.bad_state_folder', exit: 64 })
  })

  test('with a data folder that is not ours is refused and left alone', async () => {
    const state = fresh('foreign')
    mkdirSync(join(state, 'postgres'), { recursive: true, mode: 0o700 })
    writeFileSync(join(state, 'postgres', 'diary.txt'), 'mine')
    await refused(['up', '--app', clinic, '--state', state], { code: 'embedded.foreign_folder', exit: 70 })
    assert.equal(readFileSync(join(state, 'postgres', 'diary.txt'), 'utf8'), 'mine')
  })
})

suite('a system that was there before', () => {
  const state = fresh('used')
  const words = ['up', '--app', clinic, '--state', state]

  before(async () => {
    const system = start(words)
    await system.until(/attacking/)
    assert.equal((await stop(system)).code, 0)
  })

  test('whose context key others can read does not start', async () => {
    const path = join(state, 'keys', 'context.key')
    chmodSync(path, 0o644)
    await refused(words, { code: 'files.too_open', exit: 70, says: /context\.key/ })
    chmodSync(path, 0o600)
  })

  test('whose evidence key was replaced does not start, and does again with the old one', async () => {
    const path = join(state, 'keys', 'evidence.key')
    const kept = readFileSync(path, 'utf8')
    writeFileSync(path, `${generateSignerKey('small-clinic.example/upheld/evidence')}\n`)
    const { code, err } = await run(words)
    assert.equal(code, 70)
    assert.match(err, /evidence\.other_key/)
    writeFileSync(path, kept)
    const again = start(words)
    await again.until(/attacking/)
    assert.equal((await stop(again)).code, 0)
  })

  test('whose port is taken says so, and takes the next one only when nobody chose', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    const port = await new Promise<string>(resolve => {
      taken.once('listening', () => {
        const address = taken.address()
        resolve(String(typeof address === 'object' ? address?.port : ''))
      })
    })
    const { code, err } = await run([...words, '--port', port])
    assert.equal(code, 70)
    assert.match(err, /server\.port_taken/)
    taken.close()
  })
})
