import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createInterface } from 'node:readline'
import { takeLock } from './lock.ts'
import { processFacts } from './process.ts'

const folder = mkdtempSync(join(tmpdir(), 'upheld-lock-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Takes the lock at the given moment, says how it went, and then waits to be ended. */
const contender = `
  import { takeLock } from '${new URL('lock.ts', import.meta.url).href}'
  process.stdin.once('data', () => {
    try { takeLock(process.argv[1], 'contender'); console.log('held') } catch (error) { console.log(error.code) }
  })
  console.log('ready')
`

interface Contender {
  readonly child: ChildProcess
  next(): Promise<string>
  go(): void
  kill(): Promise<void>
}

function startContender(path: string): Contender {
  const child = spawn(process.execPath, ['--input-type=module', '-e', contender, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    child,
    async next() {
      const line = await lines.next()
      return line.done === true ? 'ended' : line.value
    },
    go: () => void child.stdin.write('go\n'),
    async kill() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function race(
  path: string,
  count: number,
): Promise<readonly { readonly contender: Contender; readonly said: string }[]> {
  const contenders = Array.from({ length: count }, () => startContender(path))
  for (const each of contenders) assert.equal(await each.next(), 'ready')
  for (const each of contenders) each.go()
  return Promise.all(contenders.map(async each => ({ contender: each, said: await each.next() })))
}

test('of five processes at once one takes the lock, the others are told who has it', async () => {
  const path = join(folder, 'race.lock')
  const outcome = await race(path, 5)
  assert.deepEqual(outcome.map(({ said }) => said).sort(), [
    'files.locked',
    'files.locked',
    'files.locked',
    'files.locked',
    'held',
  ])
  const holder = outcome.find(({ said }) => said === 'held')?.contender.child.pid
  assert.throws(() => takeLock(path, 'latecomer'), {
    code: 'files.locked',
    detail: `Process ${holder ?? 0} (contender) holds ${path}.`,
  })
  await Promise.all(outcome.map(({ contender: each }) => each.kill()))
})

test('a holder killed with kill -9 is followed by exactly one of five, three times over', async () => {
  const path = join(folder, 'killed.lock')
  for (let round = 0; round < 3; round++) {
    const outcome = await race(path, 5)
    assert.equal(outcome.filter(({ said }) => said === 'held').length, 1, `round ${round}`)
    await Promise.all(outcome.map(({ contender: each }) => each.kill()))
  }
  takeLock(path, 'last').release()
  assert.deepEqual(
    readdirSync(folder).filter(name => name.startsWith('killed.lock')),
    [],
    'nothing is left behind',
  )
})

test('a successor killed while it took over is followed too', () => {
  const path = join(folder, 'chain.lock')
  const dead = { pid: 1, started: 'another boot/1', purpose: 'dead' }
  writeFileSync(path, JSON.stringify({ ...dead, nonce: 'a' }))
  writeFileSync(`${path}.a`, JSON.stringify({ ...dead, nonce: 'b' }))
  writeFileSync(`${path}.b`, JSON.stringify({ ...dead, nonce: 'c' }))
  writeFileSync(`${path}.c.new`, JSON.stringify({ ...dead, nonce: 'c' }))
  const lock = takeLock(path, 'heir')
  assert.deepEqual(
    readdirSync(folder).filter(name => name.startsWith('chain.lock')),
    ['chain.lock'],
  )
  lock.release()
})

test('a successor that is still alive holds the lock, though it has not put itself in place yet', () => {
  const path = join(folder, 'taking-over.lock')
  const self = processFacts(process.pid)
  writeFileSync(path, JSON.stringify({ pid: 1, started: 'another boot/1', nonce: 'a', purpose: 'dead' }))
  writeFileSync(`${path}.a`, JSON.stringify({ pid: process.pid, started: self?.started, nonce: 'b', purpose: 'heir' }))
  assert.throws(() => takeLock(path, 'late'), { code: 'files.locked' })
})

test('a process that was given the id of a dead holder does not hold its lock', () => {
  const path = join(folder, 'reused.lock')
  const self = processFacts(process.pid)
  assert.ok(self)
  writeFileSync(path, JSON.stringify({ pid: self.pid, started: `${self.started}0`, nonce: 'a', purpose: 'earlier' }))
  takeLock(path, 'now').release()
})

test('a lock is released by its holder only, and can be taken again', () => {
  const path = join(folder, 'again.lock')
  const first = takeLock(path, 'first')
  first.release()
  const second = takeLock(path, 'second')
  first.release()
  assert.match(readFileSync(path, 'utf8'), /"second"/)
  assert.throws(() => takeLock(path, 'third'), { code: 'files.locked' })
  second.release()
})

test('a file of somebody else in the place of the lock is left alone', () => {
  const path = join(folder, 'foreign.lock')
  writeFileSync(path, 'my notes')
  assert.throws(() => takeLock(path, 'any'), { code: 'files.bad_lock' })
  assert.equal(readFileSync(path, 'utf8'), 'my notes')
})

test('a folder that is not there is a clear error', () => {
  assert.throws(() => takeLock(join(folder, 'none', 'x.lock'), 'any'), { code: 'files.no_folder' })
})
