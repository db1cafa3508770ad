import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { clinic, endAll, freePort, lives, run, scratch, start, stop, until, type Running } from './harness.ts'

suite('a supervisor that is killed outright', () => {
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

  test('leaves no process behind, and the next start finds the system whole', async () => {
    const first = await up()
    const server = postgres()
    assert.ok(lives(server))
    first.kill('SIGKILL')
    await until(() => !lives(server), 'Postgres was left behind')
    const second = await up()
    assert.match(second.text(), /2 patients/)
    await stop(second)
  })

  test('is followed by a start at once, whatever is still ending meanwhile', async () => {
    const first = await up()
    first.kill('SIGKILL')
    await first.ended
    const second = await up()
    assert.match(second.text(), /2 patients/)
    assert.equal((await stop(second)).code, 0)
  })

  test('two that start together: one runs, the other says so', async () => {
    const port = String(await freePort())
    const words = ['up', '--app', clinic, '--state', state, '--port', port]
    const both = [start(words), start(words)]
    const loser = await Promise.race(both.map(async one => ({ one, ended: await one.ended })))
    assert.equal(loser.ended.code, 0, loser.ended.err)
    assert.match(loser.ended.out, /is starting here already|runs here already/)
    const winner = both.find(one => one !== loser.one)
    await winner?.until(/Ctrl-C stops everything/)
    const { code, out } = await run(['verify', `http://127.0.0.1:${port}/security/evidence/bundle`])
    assert.equal(code, 0, out)
  })
})
