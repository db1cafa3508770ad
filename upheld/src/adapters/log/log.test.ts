import assert from 'node:assert/strict'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { z } from 'zod'
import { systemClock } from '../../core/clock.ts'
import { defineErrors } from '../../core/errors.ts'
import { declare, newReference } from '../../core/log-values.ts'
import { faultOf, openLog, openOutput } from './index.ts'

function scratch(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-logs-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'log')
}

const open = (folder: string, bytesMax?: number) =>
  openLog({ folder, process: 'web', clock: systemClock, ...(bytesMax === undefined ? {} : { bytesMax }) })

const lines = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => z.record(z.string(), z.unknown()).parse(JSON.parse(line)))

suite('a log line', () => {
  test('says what the table allows, and when', context => {
    const folder = scratch(context)
    const log = open(folder)
    const reference = newReference()
    const route = declare('/contacts/:id')
    log.write('request.answered', { method: 'GET', route, status: 404, duration_ms: 1.23456, reference })
    log.close()
    const [line = {}] = lines(join(folder, 'web.log'))
    const { time, ...rest } = line
    assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    assert.deepEqual(rest, {
      level: 'info',
      process: 'web',
      method: 'GET',
      route: '/contacts/:id',
      status: 404,
      duration_ms: 1.235,
      reference: reference.text,
      event: 'request.answered',
    })
  })

  test('drops what goes around the types: other fields, other kinds, texts that look declared, getters, new events', context => {
    const folder = scratch(context)
    const log = open(folder)
    const secret = 'hunter2-hunter2'
    const write: unknown = Reflect.get(log, 'write')
    assert.ok(typeof write === 'function')
    const given: Record<string, unknown>[] = [
      { method: secret, route: { text: secret }, status: secret, duration_ms: secret, code: secret, reference: secret },
      { url: secret, headers: { cookie: secret }, message: secret, err: new Error(secret), msg: secret, event: secret },
      { get route() { return declare(secret) } },
      { status: 4_111_111_111_111_111, duration_ms: 4_111_111_111_111_111, code: `${secret}.x` },
      { toJSON: () => ({ secret }), [secret]: 1, route: [declare(secret)], level: secret, time: secret },
      new Proxy({}, { ownKeys: () => [secret], getOwnPropertyDescriptor: () => ({ value: secret, enumerable: true, configurable: true }) }),
    ] // prettier-ignore
    for (const fields of given) Reflect.apply(write, log, ['request.answered', fields])
    Reflect.apply(write, log, [secret, { secret }])
    Reflect.apply(write, log, ['request.failed', { at: [secret, { text: secret }], fault: secret, system: secret }])
    for (const nothing of [undefined, null, secret, 7]) Reflect.apply(write, log, ['process.stopped', nothing])
    log.close()
    const text = readFileSync(join(folder, 'web.log'), 'utf8')
    assert.doesNotMatch(text, /hunter2|4111/)
    const written = lines(join(folder, 'web.log'))
    assert.equal(written.length, given.length + 6)
    assert.deepEqual(
      written.slice(0, 6).map(line => line['dropped']),
      [5, 6, 1, 3, 5, 1],
    )
    assert.equal(written[0]?.['method'], 'OTHER')
    assert.equal(written[6]?.['event'], 'log.refused')
  })

  test('holds no control character, and is never longer than its bound', context => {
    const folder = scratch(context)
    const log = open(folder)
    log.write('request.answered', { route: declare(`/a\n{"event":"forged"}\u001b[2J\u202e${'x'.repeat(10_000)}`) })
    log.write('request.failed', { at: Array.from({ length: 500 }, () => declare('y'.repeat(500))) })
    log.close()
    const text = readFileSync(join(folder, 'web.log'), 'utf8')
    assert.equal(text.split('\n').length, 3)
    assert.match(text, /^[\x20-\x7e\n]*$/)
    assert.ok(text.length < 2000)
  })
})

suite('what is told of a fault', () => {
  const refuse = defineErrors('planted_log', { shut: { status: 409, public: 'It is shut.' } })

  test('is its class, its system code and where in the code, never its text', () => {
    const cause = Object.assign(new TypeError('password=hunter2'), { code: '22P02' })
    const { fault, system, at } = faultOf(refuse.shut({ detail: 'hunter2', cause }))
    assert.deepEqual([fault, system], ['TypeError', '22P02'])
    assert.match(at[0]?.text ?? '', /^log\/log\.test\.ts:\d+$/)
  })

  test('takes no place from a text that looks like one', () => {
    const forged = new Error('no\n    at hunter2 (/hunter2/hunter2.ts:1:2)\n    at file:///etc/passwd:1:2')
    forged.stack = `Error: ${forged.message}\n    at hunter2 (https://hunter2/x.js:1:1)`
    const mute = new Error('x')
    Object.defineProperty(mute, 'stack', { get: () => { throw new Error('hunter2') } }) // prettier-ignore
    for (const thrown of [forged, mute, 'hunter2', undefined, { stack: 'hunter2' }]) {
      assert.doesNotMatch(JSON.stringify(faultOf(thrown)), /hunter2|passwd/)
    }
  })

  test('a code that is none of the system is left out', () => {
    const { system } = faultOf(Object.assign(new Error(''), { code: 'hunter2' }))
    assert.equal(system, undefined)
  })
})

suite('the files', () => {
  test('are their owner’s alone, whatever mask the process has', context => {
    const folder = scratch(context)
    const mask = process.umask(0o000)
    const log = open(folder)
    const output = openOutput(folder, 'prover')
    process.umask(mask)
    output.append(Buffer.from('x'))
    assert.equal(lstatSync(folder).mode & 0o777, 0o700)
    for (const name of readdirSync(folder)) assert.equal(lstatSync(join(folder, name)).mode & 0o777, 0o600, name)
    log.close()
    output.close()
  })

  test('that others may read are refused, and so is a folder, a link, and a folder in the place of a file', context => {
    const folder = scratch(context)
    open(folder).close()
    chmodSync(join(folder, 'web.log'), 0o640)
    assert.throws(() => open(folder), { code: 'log.too_open' })
    chmodSync(join(folder, 'web.log'), 0o600)
    chmodSync(folder, 0o711)
    assert.throws(() => open(folder), { code: 'log.too_open' })
    chmodSync(folder, 0o700)
    rmSync(join(folder, 'web.log'))
    writeFileSync(join(folder, 'elsewhere'), '', { mode: 0o600 })
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'web.log'))
    assert.throws(() => open(folder), { code: 'log.not_ours' })
    rmSync(join(folder, 'web.log'))
    mkdirSync(join(folder, 'web.log'), { mode: 0o700 })
    assert.throws(() => open(folder), { code: 'log.not_ours' })
  })

  test('are turned over, so that the whole never grows past its bound, also with two writers', context => {
    const folder = scratch(context)
    const logs = [open(folder, 4000), open(folder, 4000)]
    for (let n = 0; n < 200; n += 1) logs[n % 2]?.write('child.started', { child: 'web', pid: n })
    const names = readdirSync(folder).sort()
    assert.deepEqual(names, ['web.log', 'web.log.1'])
    for (const name of names) assert.ok(lstatSync(join(folder, name)).size <= 4000, name)
    assert.equal(lines(join(folder, 'web.log')).at(-1)?.['pid'], 199)
    for (const log of logs) log.close()
  })

  test('what a child prints without a line’s end is cut at the bound', context => {
    const folder = scratch(context)
    const output = openOutput(folder, 'web', 1000)
    output.append(Buffer.alloc(50_000, 'x'))
    output.append(Buffer.from('the end'))
    assert.equal(lstatSync(join(folder, 'web.out.log.1')).size, 1000)
    assert.equal(readFileSync(join(folder, 'web.out.log'), 'utf8'), 'the end')
    output.close()
  })
})
