import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'

const ready = join(import.meta.dirname, '..', '..', '..', 'ready.js')
const base = mkdtempSync(join(tmpdir(), 'upheld-ready-'))
after(() => rmSync(base, { recursive: true, force: true }))

/** A clone in small: a real lock file, and a package `node` in a folder, so that npm needs no network. */
function clone(name: string, version = process.version): string {
  const root = join(base, name)
  mkdirSync(join(root, 'own', 'bin'), { recursive: true })
  copyFileSync(ready, join(root, 'ready.js'))
  const write = (path: string, content: object): void => writeFileSync(join(root, path), JSON.stringify(content))
  write('package.json', { name, version: '1.0.0', type: 'module', dependencies: { node: 'file:own' } })
  write('own/package.json', { name: 'node', version: '26.10.0', bin: { node: 'bin/node' } })
  writeFileSync(join(root, 'own', 'bin', 'node'), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 })
  const locked = spawnSync('npm', ['install', '--package-lock-only', '--offline'], { cwd: root, encoding: 'utf8' })
  assert.equal(locked.status, 0, locked.stderr)
  return root
}

interface Run {
  readonly pid: number
  readonly kill: () => boolean
  readonly ended: Promise<{ readonly code: number | null; readonly said: string }>
}

function run(root: string): Run {
  const child = spawn(process.execPath, ['ready.js'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, said }))
  return { pid: child.pid ?? 0, kill: () => child.kill('SIGKILL'), ended }
}

function ticketsIn(root: string): number {
  return existsSync(join(root, '.upheld')) ? readdirSync(join(root, '.upheld')).length : 0
}

test('a fresh clone is installed with one line, and the next start says nothing', async () => {
  const root = clone('fresh')
  const first = await run(root).ended
  assert.equal(first.code, 0, first.said)
  assert.match(first.said, /^Installing what Upheld needs/)
  assert.ok(existsSync(join(root, 'node_modules', '.bin', 'node')))
  assert.deepEqual(await run(root).ended, { code: 0, said: '' })
})

test('of five at once one installs, and all of them end well', async () => {
  const root = clone('five')
  const runs = await Promise.all(Array.from({ length: 5 }, () => run(root).ended))
  for (const { code, said } of runs) assert.equal(code, 0, said)
  assert.equal(runs.filter(({ said }) => said.includes('Installing')).length, 1)
  assert.deepEqual(readdirSync(join(root, '.upheld')), [])
})

test('after kill -9 in the middle of an installation the next start brings it to its end', async () => {
  const root = clone('killed')
  const first = run(root)
  // A second ticket is that of npm.
  for (let look = 0; look < 1_000 && ticketsIn(root) < 2; look++) await pause(5)
  first.kill()
  await first.ended
  const second = await run(root).ended
  assert.equal(second.code, 0, second.said)
  assert.ok(existsSync(join(root, 'node_modules', '.bin', 'node')))
  assert.deepEqual(readdirSync(join(root, '.upheld')), [])
})

test('what somebody changed in node_modules by another installation is noticed', async () => {
  const root = clone('changed')
  await run(root).ended
  writeFileSync(
    join(root, 'node_modules', '.package-lock.json'),
    JSON.stringify({ packages: { 'node_modules/other': { version: '1.0.0' } } }),
  )
  assert.match((await run(root).ended).said, /^Installing/)
})

test('when npm fails its own words are shown', async () => {
  const root = clone('failing')
  writeFileSync(
    join(root, 'package.json'),
    JSON.stringify({ name: 'failing', version: '1.0.0', type: 'module', dependencies: { absent: '1.0.0' } }),
  )
  const { code, said } = await run(root).ended
  assert.equal(code, 1)
  assert.match(said, /npm ci failed \(1\)\. It said:[^]*absent@1\.0\.0/)
})

test('a Node that is too old is named', async () => {
  const { code, said } = await run(clone('old', 'v20.1.0')).ended
  assert.equal(code, 1)
  assert.match(said, /is only v20\.1\.0/)
})

test('when install scripts were skipped, and Node is missing, it says what to run', async () => {
  const root = clone('skipped')
  await run(root).ended
  rmSync(join(root, 'own', 'bin', 'node'))
  const { code, said } = await run(root).ended
  assert.equal(code, 1)
  assert.match(said, /npm rebuild --ignore-scripts=false/)
})

test('a clone that cannot be written to is a clear error', async () => {
  const root = clone('readonly')
  writeFileSync(join(root, '.upheld'), '')
  const { code, said } = await run(root).ended
  assert.equal(code, 1)
  assert.match(said, /\.upheld cannot be written/)
})
