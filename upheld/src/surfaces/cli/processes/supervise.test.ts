import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { processFacts } from '../../../adapters/files/index.ts'
import { pause, systemClock } from '../../../core/clock.ts'
import type { FromChild } from './messages.ts'
import { supervise, type ChildSpec, type Supervised } from './supervise.ts'

const childModule = new URL('./child.ts', import.meta.url).href

function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'upheld-child-'))
}

/** A real child process with a body of the test's own. */
function script(folder: string, body: string): string {
  const path = join(folder, `${randomUUID()}.ts`)
  const zod = import.meta.resolve('zod')
  writeFileSync(path, `import { childLife } from '${childModule}'\nimport { z } from '${zod}'\n${body}`)
  return path
}

const honest = `process.exitCode = await childLife(z.object({ word: z.string() }), async ({ word }) => {
  if (word === 'fail') throw new Error('cannot')
  return { place: { address: 'http://127.0.0.1:1', origin: 'https://' + word }, stop: async () => undefined }
})`

interface Seen {
  readonly child: Supervised
  readonly notes: string[]
  readonly messages: FromChild[]
}

function start(context: TestContext, body: string, rest: Partial<ChildSpec> = {}): Seen {
  const folder = scratch()
  const notes: string[] = []
  const messages: FromChild[] = []
  const child = supervise({
    name: 'child',
    module: script(folder, body),
    args: [],
    env: {},
    payload: () => ({ word: 'hello' }),
    onMessage: message => messages.push(message),
    note: line => notes.push(line),
    clock: systemClock,
    silenceMsMax: 20_000,
    stopMsMax: 5_000,
    restarts: true,
    ...rest,
  })
  context.after(async () => {
    await child.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return { child, notes, messages }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600 && !holds(); tries += 1) await pause(50)
  assert.ok(holds(), 'did not come to pass within 30 s')
}

/** Arguments and environment of a process, as its own user can list them. */
function shownOf(pid: number): string {
  if (process.platform !== 'linux')
    return execFileSync('ps', ['eww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8')
}

const alive = (pid: number): boolean => processFacts(pid) !== undefined

suite('a supervised child', () => {
  test('gets its secrets over the channel: neither arguments nor environment hold them', async context => {
    const { child } = start(context, honest, {
      payload: () => ({ word: 'hunter2' }),
      env: { SEEN: '1' },
    })
    assert.equal((await child.ready).place?.origin, 'https://hunter2')
    const shown = shownOf(child.pid() ?? 0)
    assert.match(shown, /SEEN=1/)
    assert.doesNotMatch(shown, /hunter2/)
  })

  test('that is killed starts again', async context => {
    const { child, notes } = start(context, honest)
    await child.ready
    const first = child.pid()
    assert.ok(first !== undefined)
    process.kill(first, 'SIGKILL')
    await until(() => child.pid() !== undefined && child.pid() !== first)
    assert.match(notes.join('\n'), /child was ended by SIGKILL; it starts again in 0\.5 s/)
  })

  test('that cannot start says why in its own words, and is not started again', async context => {
    const { child } = start(context, honest, { payload: () => ({ word: 'fail' }) })
    await assert.rejects(child.ready, { code: 'cli.unexpected', message: /cannot/ })
    assert.equal(child.pid(), undefined)
  })

  test('that dies before it speaks is a coded failure', async context => {
    const { child } = start(context, 'process.exit(3)')
    await assert.rejects(child.ready, { code: 'cli.child_failed', message: /ended with code 3/ })
  })

  test('that blocks its event loop is killed and replaced', async context => {
    const body = `process.exitCode = await childLife(z.object({ word: z.string() }), async ({ word }) => {
      setTimeout(() => { for (;;); }, 100)
      return { place: { address: 'http://127.0.0.1:1', origin: 'https://' + word }, stop: async () => undefined }
    })`
    const { child, notes } = start(context, body, { silenceMsMax: 2500 })
    await child.ready
    const first = child.pid()
    await until(() => child.pid() !== undefined && child.pid() !== first)
    assert.match(notes[0] ?? '', /said nothing for 2\.5 s and was ended/)
  })

  test('is heard: what it prints is handed on byte for byte, of every life, to the last word before it dies', async context => {
    const folder = scratch()
    const printed: Buffer[] = []
    const lives: object[] = []
    const marker = join(folder, 'second')
    const body = `import { existsSync, writeFileSync } from 'node:fs'
      ${honest.replace(
        'if (word',
        `process.stdout.write(Buffer.from([0xc3, 0x0a]))
        process.stderr.write('caf\\u00e9 to standard error')
        if (!existsSync(${JSON.stringify(marker)})) {
          writeFileSync(${JSON.stringify(marker)}, '')
          setTimeout(() => { process.stdout.write('last word of the first\\n', () => process.kill(process.pid, 'SIGKILL')) }, 300)
        } else process.stdout.write('second life\\n')
        if (word`,
      )}`
    const { child } = start(context, body, {
      onOutput: bytes => void printed.push(Buffer.from(bytes)),
      onLife: life => void lives.push(life),
    })
    await child.ready
    const heard = (): Buffer => Buffer.concat(printed)
    await until(() => heard().includes('second life\n'))
    assert.ok(heard().includes(Buffer.from([0xc3, 0x0a])), 'bytes that are no text')
    assert.ok(heard().includes(Buffer.from('café to standard error')))
    assert.ok(heard().indexOf('last word of the first\n') < heard().indexOf('second life\n'))
    assert.ok(heard().includes('last word of the first\n'))
    assert.deepEqual(
      lives.map(life => Object.keys(life)),
      [['pid'], ['againMs'], ['pid']],
    )
    rmSync(folder, { recursive: true, force: true })
  })
  test('that does not stop when asked is made to', async context => {
    const body = `process.exitCode = await childLife(z.object({ word: z.string() }), async () => ({
      stop: () => new Promise(() => setInterval(() => undefined, 1000)),
    }))`
    const { child } = start(context, body, { stopMsMax: 300 })
    await child.ready
    const pid = child.pid()
    await child.stop()
    assert.ok(pid !== undefined && !alive(pid))
  })
})

suite('a supervisor that is killed outright', () => {
  const supervisor = (module: string): string => `
    import { supervise } from '${new URL('./supervise.ts', import.meta.url).href}'
    import { systemClock } from '${new URL('../../../core/clock.ts', import.meta.url).href}'
    const child = supervise({
      name: 'child', module: ${JSON.stringify(module)}, args: [], env: {}, payload: () => ({ word: 'a' }),
      onMessage: () => undefined, note: () => undefined, clock: systemClock, silenceMsMax: 600000, stopMsMax: 1000, restarts: true,
    })
    await child.ready
    console.log(child.pid())`

  const stuck = `process.exitCode = await childLife(z.object({ word: z.string() }), async () => {
    setTimeout(() => { for (;;); }, 200)
    return { stop: async () => undefined }
  })`

  for (const [name, body] of [
    ['honest', honest],
    ['stuck', stuck],
  ] as const) {
    test(`leaves no ${name} child behind`, async context => {
      const folder = scratch()
      context.after(() => rmSync(folder, { recursive: true, force: true }))
      const path = script(folder, supervisor(script(folder, body)))
      const parent = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] })
      const line = await new Promise(resolve => parent.stdout.once('data', resolve))
      const pid = Number(String(line))
      assert.ok(alive(pid))
      parent.kill('SIGKILL')
      await until(() => !alive(pid))
    })
  }
})
