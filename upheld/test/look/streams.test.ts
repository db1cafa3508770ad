import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, suite, test } from 'node:test'
import { allRules } from '../../src/proof/lint/index.ts'
import { printLook } from '../../src/surfaces/cli/look/lines.ts'
import { openTerminal } from '../../src/surfaces/cli/terminal.ts'
import { assembleLook, type LookReport } from '../../src/surfaces/report/index.ts'
import { run, scratch } from '../e2e/harness.ts'
import { soundReport } from './sample.ts'
import { hole, openShop, type Shop } from './shop.ts'
import { Writable } from 'node:stream'

const main = fileURLToPath(new URL('../../src/surfaces/cli/main.ts', import.meta.url))
const place = scratch()
let shop: Shop
before(async () => {
  shop = await openShop()
  await shop.run(hole)
})
after(async () => {
  await shop.close()
  place.remove()
})

/** The exit code of a look whose output goes through the rest of a line of the shell. */
function piped(rest: string): Promise<{ readonly code: number | null; readonly err: string }> {
  const line = `"${process.execPath}" "${main}" check --state "${join(place.folder, 'state')}" ${rest}`
  const child = spawn('/bin/bash', ['-c', `set -o pipefail; ${line}`], {
    env: { PATH: process.env['PATH'], UPHELD_DATABASE_URL: shop.adminUrl },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  return new Promise(resolve => child.once('close', code => resolve({ code, err })))
}

suite('where the answer goes', { concurrency: 2 }, () => {
  test('a reader that leaves at once makes no hole go away', async () => {
    for (const rest of ['--json | true', '| head -1']) {
      const { code, err } = await piped(rest)
      assert.equal(code, 1, rest)
      assert.doesNotMatch(err, /EPIPE|at /)
    }
  })

  test('an answer that was cut short by a full disk is a failure, in one line', async t => {
    if (!existsSync('/dev/full')) return t.skip('this system has no /dev/full')
    const { code, err } = await piped('--json > /dev/full')
    assert.equal(code, 70)
    assert.match(err, /^cli\.answer_cut {2}/m)
    assert.doesNotMatch(err, /\n {4}at /)
  })

  test('complaints that nobody can read change nothing', async t => {
    if (!existsSync('/dev/full')) return t.skip('this system has no /dev/full')
    assert.equal((await piped('--fail-on critical 2> /dev/full')).code, 1)
    await shop.run('drop table shop.parcel; create table shop.tag (tenant_id uuid, word text)')
    const looked = await run(['check', '--state', place.folder], { UPHELD_DATABASE_URL: shop.adminUrl })
    assert.equal((await piped('2> /dev/full')).code, looked.code)
  })
})

suite('what a tired person reads', () => {
  const mend = Array.from({ length: 28 }, (_, index) => `revoke all on table t${index} from public`)
  const sound = soundReport()
  const report: LookReport = assembleLook({
    at: new Date(sound.at),
    version: sound.version,
    database: {
      name: 'ada@127.0.0.1/shop',
      report: {
        database: 'shop',
        release: '15.20',
        lookedAs: 'ada',
        appRoles: ['shopfront'],
        population: { tables: 28 },
        findings: [
          {
            rule: allRules[0]?.id ?? '',
            severity: 'low',
            place: { kind: 'table', label: 'shop.parcel' },
            saw: 'Seen.',
            mend,
          },
        ],
        unproven: [],
        unseen: [],
      },
    },
  })
  const printed = (columns: number): string[] => {
    let text = ''
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString()
        done()
      },
    })
    const stream = Object.assign(sink, { isTTY: true, columns })
    printLook(openTerminal(stream, stream, { json: false, colorRefused: true }), report)
    return text.split('\n')
  }

  test('a finding shows six mending statements and counts the rest', () => {
    const lines = printed(120)
    assert.equal(lines.filter(line => /^ {16}revoke/.test(line)).length, 6)
    assert.equal(lines.filter(line => line.endsWith('and 22 more mending steps: see --json or --html')).length, 1)
  })

  test('prose is folded behind its margin at the width of the terminal, and whole in a file', () => {
    const why = allRules[0]?.why ?? ''
    const at80 = printed(80)
    const first = at80.findIndex(
      line => line.trim() !== '' && why.startsWith(line.trim()) && line.startsWith(' '.repeat(12)),
    )
    const lines = at80.slice(first, first + Math.ceil(why.length / 50))
    assert.ok(lines.every(line => line.length <= 80))
    assert.ok(
      lines
        .map(line => line.trim())
        .join(' ')
        .startsWith(why.slice(0, 100)),
    )
    assert.ok(printed(Infinity).includes(`${' '.repeat(12)}${why}`))
  })
})
