import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { clinic, endAll, run, scratch } from '../e2e/harness.ts'
import { openRaw, openSite, type Site } from '../outside/site.ts'
import { parseLook } from './forms.ts'

const place = scratch()
const at = (name: string): string => join(place.folder, name)
let site: Site
before(async () => {
  site = await openSite()
})
after(async () => {
  await endAll()
  await site.close()
  place.remove()
})

const check = (...words: readonly string[]): ReturnType<typeof run> => run(['check', '--state', at('state'), ...words])

suite('an option that does not fit is refused, never passed over', { concurrency: 4 }, () => {
  const url = 'http://localhost:1'
  const database = 'postgres://ada@127.0.0.1:1/shop'
  const cases = [
    [['--tenant-column', 'a'], 'cli.look_only'],
    [['--fail-on', 'low'], 'cli.look_only'],
    [['--app', clinic, '--url', url], 'cli.look_only'],
    [['--url', url, '--tenant-column', 'a'], 'cli.look_only'],
    [['--database', database, '--context', 'select 1'], 'cli.look_only'],
    [['--database', 'postgres:///shop?service=production'], 'cli.bad_option'],
    [['--database', `${database}?sslmode=requird`], 'cli.bad_option'],
    [['--database', database, '--probe', `${database}_copy?sslmode=on`], 'cli.bad_option'],
    [['--url', url, '--claim', 'isolation.rows'], 'cli.not_for_a_look'],
    [['--url', url, '--fail-on', 'hihg'], 'cli.bad_option'],
    [['--url', 'ftp://shop.example'], 'cli.bad_option'],
    [['--url', 'https://ada:hunter2@shop.example'], 'cli.bad_option'],
    [['--url', 'https://shop.example:99999'], 'cli.bad_option'],
    [['--url', url, '--html', '-'], 'cli.bad_option'],
    [['--url', url, '--html', at('one'), '--sarif', at('one')], 'cli.same_file'],
  ] as const
  for (const [words, code] of cases) {
    test(`${words.map(word => word.replace(place.folder, '').split('/').at(-1)).join(' ')}: ${code}`, async () => {
      const ended = await check(...words)
      assert.match(ended.err, new RegExp(`^${code.replace('.', '\\.')}  `, 'm'))
      assert.equal(ended.code, 64, ended.err)
      assert.doesNotMatch(`${ended.out}${ended.err}`, /hunter2/)
    })
  }
})

suite('a report that has no place is refused before anything is looked at', { concurrency: 4 }, () => {
  const cases = [
    ['a folder', (path: string) => mkdirSync(path), 'files.not_a_file'],
    ['a link', (path: string) => symlinkSync('/dev/null', path), 'files.not_a_file'],
    ['below a folder that is not there', () => undefined, 'files.no_folder'],
    ['below a file', (path: string) => writeFileSync(path, 'mine'), 'files.not_a_folder'],
  ] as const
  for (const [name, prepare, code] of cases) {
    test(`${name}: ${code}`, async () => {
      const folder = at(`place ${name}`)
      mkdirSync(folder)
      prepare(join(folder, 'x'))
      const target = name.startsWith('below') ? join(folder, 'x', 'report.html') : join(folder, 'x')
      const asked = site.requests.length
      const ended = await check('--url', site.secure, '--html', target)
      assert.match(ended.err, new RegExp(`^${code.replace('.', '\\.')}  `, 'm'))
      assert.equal(ended.code, 70)
      assert.equal(site.requests.length, asked)
      assert.ok(readdirSync(folder).length <= 1, 'nothing is left behind')
    })
  }

  test('an old report is replaced whole, and is for its owner alone', async () => {
    const target = at('old.html')
    writeFileSync(target, 'old')
    const { code, err } = await check('--url', site.plain, '--html', target, '--fail-on', 'critical')
    assert.ok(code === 0 || code === 2, err)
    const text = readFileSync(target, 'utf8')
    assert.match(text, /^<!doctype html>[^]*<\/html>\s*$/)
    assert.deepEqual(
      readdirSync(place.folder).filter(one => one.startsWith('old.html')),
      ['old.html'],
    )
  })
})

suite('a web address alone', { concurrency: 3 }, () => {
  test('is looked at, and what is found decides the exit by its danger', async () => {
    // Nobody but this test trusts the authority of its certificate: a finding of danger high.
    const [high, critical] = await Promise.all([
      check('--url', site.plain, '--json'),
      check('--url', site.plain, '--json', '--fail-on', 'critical'),
    ])
    const seen = parseLook(high)
    assert.deepEqual(
      seen.findings.map(({ rule }) => rule),
      ['tls.untrusted'],
    )
    assert.deepEqual(
      seen.claims.map(({ claim, standing }) => `${claim} ${standing}`),
      ['tls.only hole seen', 'headers.graded no hole seen', 'disclosure.open no hole seen'],
    )
    assert.deepEqual([high.code, critical.code], [1, 0])
  })

  test('with everything wanted to be seen, what was not seen is no zero', async () => {
    // The address names a port, so nobody knows where plain HTTP would be: one rule is open.
    const { code, out } = await run(['check', '--url', site.secure, '--fail-on', 'unproven', '--json'])
    assert.equal(code, 1)
    assert.ok(parseLook({ out, err: '' }).notSeen.some(({ rule }) => rule === 'transport.plain'))
  })

  test('that nobody answers at ends with 70, unproven in every line, and one clear line', async () => {
    const silent = await openRaw(socket => void socket.resetAndDestroy())
    const { code, out, err } = await check('--url', `http://localhost:${silent.port}/`)
    await silent.close()
    assert.equal(code, 70)
    assert.match(err, /^outside\.broke_off  /m)
    assert.doesNotMatch(out, /no hole seen|\u001b/)
    assert.equal((out.match(/^ {2}unproven {2}\S+ +it could not be looked at$/gm) ?? []).length, 3)
  })
})
