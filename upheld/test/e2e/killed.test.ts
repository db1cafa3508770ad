import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { until } from '../../src/testing/index.ts'
import { clinic, endAll, freePort, lives, run, scratch, start, stop, type Running } from './harness.ts'

suite('a supervisor that is killed or interrupted', () => {
  const place = scratch()
  const state = join(place.folder, 'state')
  after(async () => {
    await endAll()
    place.remove()
  })

  async function up(): Promise<Running> {
    const port = String(await freePort())
    const system = start(['up', '--app', clinic, '--state', state, '--port', port])
    await system.until(/attacking/)
    return system
  }

  const postgres = (): number => Number(readFileSync(join(state, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])

  /** Another server is there. Between the two there is no file that says who it is. */
  function follows(first: number): boolean {
    try {
      return postgres() !== first && lives(postgres())
    } catch {
      return false
    }
  }

  test('killed outright, leaves no process behind, and the next start finds the system whole', async () => {
    const first = await up()
    const server = postgres()
    assert.ok(lives(server))
    first.kill('SIGKILL')
    await until(() => !lives(server), 'Postgres was left behind')
    const second = await up()
    assert.match(second.text(), /2 patients/)
    await stop(second)
  })

  test('killed outright, is followed by a start at once, whatever is still ending meanwhile', async () => {
    const first = await up()
    first.kill('SIGKILL')
    await first.ended
    const second = await up()
    assert.match(second.text(), /2 patients/)
    assert.equal((await stop(second)).code, 0)
  })

  test('a database server that is killed is started again, and the pages answer as before', async () => {
    const words = ['up', '--app', clinic, '--state', state, '--port', String(await freePort())]
    const system = start(words)
    await system.until(/Security page/)
    const [, origin = ''] = /Security page\s+(http:\S+)\/security/.exec(system.text()) ?? []
    const first = postgres()
    process.kill(first, 'SIGKILL')
    await system.until(/starting it again/)
    await until(() => follows(first), 'no server came after it')
    await until(async () => (await fetch(`${origin}/security`)).status === 200, 'the page does not come back')
    assert.equal((await stop(system)).code, 0)
  })

  test('Ctrl-C while it starts ends what was started so far', async () => {
    const words = ['up', '--app', clinic, '--state', join(place.folder, 'early'), '--port', String(await freePort())]
    const system = start(words)
    await system.until(/making a database/)
    const { code, err } = await stop(system)
    assert.equal(code, 0)
    assert.doesNotMatch(err, /attacking/)
    assert.ok(!existsSync(join(place.folder, 'early', 'postgres', 'postmaster.pid')), 'Postgres was left behind')
  })

  test('two that start together: one runs, the other says so', async () => {
    const port = String(await freePort())
    const words = ['up', '--app', clinic, '--state', state, '--port', port]
    const both = [start(words), start(words)]
    const loser = await Promise.race(both.map(async one => ({ one, ended: await one.ended })))
    assert.equal(loser.ended.code, 0, loser.ended.err)
    assert.match(loser.ended.out, /is starting here already|runs here already/)
    const winner = both.find(one => one !== loser.one)
    await winner?.until(/The first attacks have begun/)
    const { code, out } = await run(['verify', `http://127.0.0.1:${port}/security/evidence/bundle`])
    // The record holds; what is not attacked yet is unproven.
    assert.equal(code, 2, out)
  })
})
