import assert from 'node:assert/strict'
import { Console } from 'node:console'
import { suite, test } from 'node:test'
import { PassThrough } from 'node:stream'
import { format, inspect } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { MessageChannel } from 'node:worker_threads'
import { secretOf } from './secret.ts'

const text = 'xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy'
const secret = secretOf(Buffer.from(text))
const prints = '[secret]'
const bytes = Buffer.from(text)

/** Neither as text, nor as hex, base64 or numbers. */
function showsNothing(shown: string): void {
  for (const form of [text, bytes.toString('hex'), bytes.toString('base64'), bytes.join(','), bytes.join(', ')])
    assert.ok(!shown.includes(form), 'the secret was shown')
  assert.doesNotMatch(shown.replaceAll(/\s/g, ''), /78,6f,78,62|786f7862/)
}

suite('a secret never leaves by accident', () => {
  test('it is read by whoever says so, and what is given is a copy', () => {
    assert.equal(secret.reveal(), text)
    const copy = secret.bytes()
    copy.fill(0)
    assert.equal(secret.reveal(), text)
    assert.deepEqual(secret.bytes(), bytes)
  })

  test('as a text, in a template, joined to one, in a list and as a key', () => {
    // What a careless line of JavaScript does, where types do not stop it.
    const loose: { toString(): string } = secret
    assert.equal(String(loose), prints)
    assert.equal(`${String(secret)}!`, `${prints}!`)
    assert.equal(format('a', String(secret)), `a ${prints}`)
    assert.equal([secret, secret].join(), `${prints},${prints}`)
    assert.deepEqual(Object.keys({ [String(loose)]: 1 }), [prints])
    assert.ok(Number.isNaN(Number(secret)))
    assert.equal(Buffer.from(String(secret)).toString(), prints)
  })

  test('in JSON, at any depth', () => {
    assert.equal(JSON.stringify({ a: [{ secret }] }), `{"a":[{"secret":"${prints}"}]}`)
    assert.equal(JSON.stringify(secret), `"${prints}"`)
  })

  test('in util.inspect, at any depth and with every option', () => {
    const deep = { a: { b: { c: { d: [new Map([[secret, new Set([secret])]])] } } } }
    for (const showHidden of [true, false])
      for (const customInspect of [true, false])
        for (const getters of [true, false])
          showsNothing(inspect(deep, { depth: Infinity, showHidden, customInspect, getters, showProxy: true }))
    assert.equal(inspect(secret), prints)
    assert.equal(inspect({ secret }), `{ secret: ${prints} }`)
    for (const form of ['%s', '%o', '%O', '%j', '%d', '%i', '%f']) showsNothing(format(form, secret))
  })

  test('on the console: log, dir, table, error', () => {
    const out = new PassThrough()
    const terminal = new Console(out)
    terminal.log(secret, { secret })
    terminal.error('%s', secret)
    terminal.dir({ secret }, { showHidden: true, depth: null })
    terminal.table([{ secret }])
    const shown = String(out.read())
    showsNothing(shown)
    assert.ok(shown.includes(prints))
  })

  test('in the message, the cause and the members of an error', () => {
    const error = new AggregateError([secret], `no ${String(secret)}`, { cause: { secret } })
    Object.assign(error, { secret })
    showsNothing(`${error.message} ${String(error.stack)} ${inspect(error, { depth: Infinity, showHidden: true })}`)
  })

  test('in the difference that an assertion prints', () => {
    for (const compare of [assert.deepEqual, assert.equal]) {
      assert.throws(
        () => compare({ secret }, { secret: 'other' }),
        (thrown: unknown) => {
          showsNothing(`${String(thrown)} ${inspect(thrown, { depth: Infinity })} ${JSON.stringify(thrown)}`)
          return true
        },
      )
    }
  })

  test('two secrets are never equal for an assertion, so none passes for another', () => {
    assert.notDeepEqual(secretOf(Buffer.from('a')), secretOf(Buffer.from('b')))
  })

  test('a clone, a message to a thread and V8’s serializer are refused', () => {
    const { port1, port2 } = new MessageChannel()
    for (const send of [structuredClone, serialize, (one: unknown) => port1.postMessage(one)])
      assert.throws(
        () => send({ secret }),
        (thrown: unknown) => {
          showsNothing(inspect(thrown))
          return true
        },
      )
    port1.close()
    port2.close()
    assert.equal(deserialize(serialize(String(secret))), prints)
  })

  test('a spread, its entries and its own names hold nothing to read', () => {
    const parts = [{ ...secret }, Object.entries(secret), Object.getOwnPropertyDescriptors(secret)]
    for (const part of parts) {
      showsNothing(inspect(part, { depth: Infinity, showHidden: true, customInspect: false }))
      showsNothing(JSON.stringify(part))
    }
    assert.ok(Object.isFrozen(secret))
  })

  test('the source of its functions tells nothing', () => {
    for (const part of Object.values(secret)) showsNothing(String(part))
  })
})
