import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { serverLog } from './log.ts'

const folder = mkdtempSync(join(tmpdir(), 'upheld-log-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('a log that has grown past its bound is cut while the server goes on writing, and the old part is kept once', () => {
  const path = join(folder, 'postgres.log')
  const log = serverLog(path)
  const server = openSync(path, 'a')
  writeSync(server, Buffer.alloc(9 * 1024 * 1024, 'x'))
  log.trim()
  assert.equal(log.size(), 0)
  assert.equal(statSync(`${path}.1`).size, 9 * 1024 * 1024)
  writeSync(server, 'after')
  assert.equal(log.since(0), 'after', 'the server writes at the end of what is there now')
  log.trim()
  assert.equal(log.size(), 5, 'a short log is left alone')
  closeSync(server)
})

test('of a long log only the end is read', () => {
  const path = join(folder, 'long.log')
  writeFileSync(path, 'x'.repeat(100_000) + 'FATAL:  the end')
  const said = serverLog(path).since(0)
  assert.equal(said.length, 64 * 1024)
  assert.ok(said.endsWith('the end'))
})
