import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { openOverSetting, openOverUpheld, payloadsAgainst, type Target } from './injection.ts'

const run = promisify(execFile)
const timeoutMs = 150_000

async function ask(target: Target, who: string, note: string): Promise<string> {
  const response = await fetch(target.app.route(who) + encodeURIComponent(note), {
    signal: AbortSignal.timeout(20_000),
  })
  return response.text()
}

/** The names of the payloads whose answers held the other organization's secret. */
async function leaksOf(target: Target): Promise<string[]> {
  const leaks: string[] = []
  await target.duringTheirs(async () => {
    for (const [name, payload] of Object.entries(payloadsAgainst(target.victimId))) {
      if ((await ask(target, 'a', payload)).includes(target.theirs)) leaks.push(name)
    }
  })
  return leaks
}

const missing = await run('sqlmap', ['--version'], { timeout: 60_000 }).then(
  () => false,
  () => 'sqlmap is not here (Debian: apt-get install sqlmap)',
)

suite('a route that pastes what it is given into SQL', () => {
  let target: Target
  before(async () => {
    target = await openOverUpheld()
  })
  after(() => target.close())

  test('positive control: the hole is real, and shows everything of its own', async () => {
    assert.equal(await ask(target, 'a', 'x'), '[]')
    const body = await ask(target, 'a', "x' or true --")
    assert.ok(body.includes(target.own) && !body.includes(target.theirs), body)
    assert.match(
      await ask(target, 'a', "x' and 1 = (select note from clinic.visit limit 1)::integer --"),
      new RegExp(target.own),
    )
  })

  test('no payload of our own shows the other organization', async () => {
    assert.deepEqual(await leaksOf(target), [])
  })

  test('and none leaves anything behind for whoever gets the connection next', async () => {
    for (const who of ['a', 'b', 'a', 'b']) {
      const body = await ask(target, who, "x' or true --")
      assert.deepEqual([body.includes(target.own), body.includes(target.theirs)], [who === 'a', who === 'b'])
    }
  })

  test('sqlmap breaks in, and dumps nothing of the other organization', { skip: missing }, async context => {
    const folder = mkdtempSync(join(tmpdir(), 'upheld-sqlmap-'))
    try {
      const before = target.app.requests()
      const said = await sqlmap(`${target.app.route('a')}x`, folder)
      const kept = allTexts(folder)
      context.diagnostic(`${target.app.requests() - before} requests`)
      assert.match(said, /is vulnerable|sqlmap identified the following injection point/)
      assert.match(said, /Table: visit/)
      const dumped = kept.filter(({ path }) => path.endsWith('visit.csv')).map(({ text }) => text)
      assert.ok(dumped.length === 1 && dumped[0]?.includes(target.own), 'sqlmap gets the rows of its own organization')
      for (const { path, text } of [...kept, { path: 'what it said', text: said }]) {
        assert.ok(!text.includes(target.theirs), path)
        assert.ok(!text.includes(target.victimId), path)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

suite('the same route over a setting that nobody signs', () => {
  let target: Target
  before(async () => {
    target = await openOverSetting()
  })
  after(() => target.close())

  test('control: it holds as long as nobody asks it the wrong way', async () => {
    const body = await ask(target, 'a', "x' or true --")
    assert.deepEqual([body.includes(target.own), body.includes(target.theirs)], [true, false])
  })

  test('control: the same payloads show the other organization', async () => {
    assert.deepEqual(await leaksOf(target), [
      'set_config of the setting',
      'set_config, then a statement inside',
      'a statement behind',
      'running statements',
    ])
  })
})

/** All that it finds out about one table, within the bounds of a test: loopback, two at once, no questions. */
async function sqlmap(url: string, folder: string): Promise<string> {
  const words = [
    ...['-u', url, '-p', 'note', '--batch', '--flush-session', '--disable-coloring'],
    ...['--dbms', 'PostgreSQL', '--technique', 'BEU', '--level', '2', '--risk', '2', '--threads', '2'],
    ...['--timeout', '10', '--retries', '0', '--output-dir', folder],
    ...['--current-user', '--is-dba', '--privileges', '--dump-all', '--exclude-sysdbs'],
  ]
  const { stdout } = await run('sqlmap', words, {
    timeout: timeoutMs,
    maxBuffer: 64 * 2 ** 20,
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder },
  })
  return stdout
}

function allTexts(folder: string): { readonly path: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .map(path => ({ path, text: readFileSync(path, 'latin1') }))
}
