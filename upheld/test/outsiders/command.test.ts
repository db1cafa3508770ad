import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openRun } from '../../src/proof/outsiders/index.ts'
import { openLab, type Lab } from './lab.ts'

interface Ran {
  readonly exitCode: number | null
  readonly out: string
  readonly err: string
}

suite('upheld probe', () => {
  let lab: Lab
  let folder: string
  const main = fileURLToPath(new URL('../../src/surfaces/cli/main.ts', import.meta.url))
  before(async () => {
    lab = await openLab()
    for (const claim of ['isolation.routes', 'sessions.sound', 'widget.scoped', 'roadmap.honest'])
      await lab.publish(claim, 'upheld')
    folder = mkdtempSync(join(tmpdir(), 'upheld-probe-'))
  })
  after(async () => {
    rmSync(folder, { recursive: true })
    await lab.close()
    assert.deepEqual(lab.failures, [])
  })

  function probe(...words: readonly string[]): Promise<Ran> {
    const place = ['--state', join(folder, 'state')]
    const child = spawn(process.execPath, [main, 'probe', ...words, ...place], { stdio: ['ignore', 'pipe', 'pipe'] })
    const said = { out: '', err: '' }
    child.stdout.on('data', (part: Buffer) => (said.out += part.toString()))
    child.stderr.on('data', (part: Buffer) => (said.err += part.toString()))
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', exitCode => resolve({ exitCode, ...said }))
    })
  }
  const begun = async (): Promise<number> =>
    Number((await lab.platform.admin.query('select count(*) from upheld_identity.outsider')).rows[0]?.['count'])

  test('without consent it shows the contract and sends nothing; another digest is no consent', async () => {
    const shown = await probe(lab.origin)
    assert.equal(shown.exitCode, 64, shown.err)
    assert.match(shown.out, /Northwind Desk lets outsiders probe http:\/\/localhost/)
    assert.match(shown.out, /You agree[\s\S]*They agree[\s\S]*What is stored/)
    assert.ok(shown.out.includes(await lab.digest()))
    assert.match(shown.err, /cli\.not_agreed/)
    const other = await probe(lab.origin, '--agree', `sha256:${'0'.repeat(64)}`)
    assert.deepEqual([other.exitCode, other.out], [64, ''])
    assert.match(other.err, /cli\.other_contract/)
    assert.equal((await probe(lab.origin, '--agree', 'yes')).exitCode, 64)
    assert.equal(await begun(), 0)
  })

  test('with consent it attacks, signs, agrees with what is published, and takes everything away', async () => {
    const out = join(folder, 'run.json')
    const done = await probe(lab.origin, '--agree', await lab.digest(), '--out', out)
    assert.equal(done.exitCode, 0, done.out + done.err)
    for (const claim of ['isolation.routes', 'sessions.sound', 'widget.scoped', 'roadmap.honest'])
      assert.match(
        done.out,
        new RegExp(`upheld +${RegExp.escape(claim)} .*attacks made\\n +published: upheld; this agrees`),
      )
    const key = join(folder, 'state', 'outsider.key')
    assert.equal(statSync(key).mode & 0o777, 0o600)
    const run = openRun(readFileSync(out, 'utf8'))
    assert.deepEqual([run.origin, run.contract, run.runs.length], [lab.origin, await lab.digest(), 4])
    assert.ok(run.runs.every(({ observations, observations_min }) => observations >= observations_min))
    const { rows } = await lab.platform.admin.query('select removed_at from upheld_identity.outsider')
    assert.deepEqual([rows.length, rows[0]?.['removed_at'] instanceof Date], [1, true])
    const again = await probe(lab.origin, '--agree', await lab.digest(), '--out', out)
    assert.equal(again.exitCode, 64)
    assert.match(again.err, /is there already/)
  })

  test('a run that was kept is compared with what is published now; one that was altered is none', async () => {
    const out = join(folder, 'run.json')
    const same = await probe(lab.origin, '--compare', out)
    assert.equal(same.exitCode, 0, same.out + same.err)
    await lab.publish('sessions.sound', 'refuted')
    const red = await probe(lab.origin, '--compare', out)
    assert.equal(red.exitCode, 1)
    assert.match(red.out, /published: refuted; this contradicts/)
    const altered = join(folder, 'altered.json')
    writeFileSync(altered, readFileSync(out, 'utf8').replace('"payload":"ey', '"payload":"fy'))
    const lie = await probe(lab.origin, '--compare', altered)
    assert.equal(lie.exitCode, 70)
    assert.match(lie.err, /outsiders\.bad_run/)
    assert.equal(await begun(), 1)
  })

  test('a place that is none, or not ours to reach, ends in one clear error', async () => {
    for (const [service, code] of [
      ['http://desk.example', 'bad_origin'],
      ['http://localhost:1', 'unreachable'],
    ] as const) {
      const ran = await probe(service)
      assert.equal(ran.exitCode, 70)
      assert.match(ran.err, new RegExp(`^outsiders\\.${code} `))
      assert.equal(ran.err.trim().split('\n').length, 2)
    }
  })
})
