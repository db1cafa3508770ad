import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { UpheldError } from '../../core/errors.ts'
import { defineAccess } from './index.ts'

const access = defineAccess({
  permissions: {
    'account.read': { says: 'Read the account.' },
    'account.write': { says: 'Change the account.' },
    'account.trust': { says: 'Say that an account was verified.', privileged: true },
  },
  roles: { owner: 'all', admin: ['account.read', 'account.write'], agent: ['account.read'] },
  resources: {
    account: {
      id: { read: 'account.read' },
      name: { read: 'account.read', write: 'account.write' },
      tags: { read: 'account.read', write: 'account.write', holds: 'list' },
      settings: { read: 'account.read', write: 'account.write', holds: 'json' },
      verified: { read: 'account.read', write: 'account.trust' },
      secret: { read: 'account.trust', write: 'account.trust' },
      never: {},
    },
  },
})
const setOf = (role: string) =>
  access.setOf({ memberId: 'm', roles: [role], overrides: [], suspended: false }, new Date(0))
const [owner, admin, agent] = [setOf('owner'), setOf('admin'), setOf('agent')]

/** What JavaScript would pass in spite of the types. */
function untyped(value: unknown): never {
  return z.custom<never>().parse(value)
}

function codeOf(sent: string | object, set = admin): string {
  try {
    access.accept('account', set, sent)
  } catch (thrown) {
    assert.ok(thrown instanceof UpheldError, String(thrown))
    return thrown.code
  }
  return 'accepted'
}

suite('fields that are written', () => {
  test('what may be written is taken as it is, from JSON, from a form, from an object', () => {
    const written = { name: 'Acme', tags: ['a', 1, null], settings: { deep: [{ er: true }] } }
    assert.deepEqual(access.accept('account', admin, JSON.stringify(written)), written)
    assert.deepEqual(access.accept('account', admin, written), written)
    assert.deepEqual(access.accept('account', admin, new URLSearchParams('name=Acme')), { name: 'Acme' })
    assert.deepEqual(access.accept('account', admin, new Map([['name', 'Acme']])), { name: 'Acme' })
  })

  // ASVS 8.2.3
  test('R15: nobody sets `verified`, an identifier, or a field that is not in the table', () => {
    for (const name of ['verified', 'id', 'secret', 'never', 'organization_id', 'role', 'Name', 'name ', 'toString']) {
      assert.equal(codeOf(JSON.stringify({ name: 'Acme', [name]: true })), 'access.field_refused', name)
    }
    assert.equal(codeOf({ verified: true }, owner), 'accepted')
    assert.equal(codeOf({ name: 'Acme' }, agent), 'access.field_refused')
    assert.equal(codeOf({ never: 1 }, owner), 'access.field_refused')
  })

  test('field write via `__proto__`, constructor and prototype: refused, at the top and inside', () => {
    for (const name of ['__proto__', 'constructor', 'prototype', String.raw`__pr\u006fto__`]) {
      assert.equal(codeOf(`{"name":"Acme","${name}":{"verified":true}}`), 'access.field_malformed', name)
      assert.equal(codeOf(`{"settings":{"a":[{"${name}":{"verified":true}}]}}`), 'access.field_malformed', name)
    }
    const inherits: object = untyped(Object.create({ verified: true }, { name: { value: 'Acme', enumerable: true } }))
    assert.equal(codeOf(inherits), 'access.field_malformed')
    assert.equal(codeOf({ __proto__: { verified: true }, name: 'Acme' }), 'access.field_malformed')
    const written = access.accept('account', admin, '{"settings":{"a":1}}')
    assert.equal('verified' in written, false)
  })

  test('field write via nested JSON: refused', () => {
    assert.equal(codeOf('{"account":{"verified":true}}'), 'access.field_refused')
    assert.equal(codeOf('{"name":{"verified":true}}'), 'access.field_malformed')
    assert.equal(codeOf('{"tags":[{"verified":true}]}'), 'access.field_malformed')
    assert.equal(codeOf(`{"settings":${'['.repeat(9)}${']'.repeat(9)}}`), 'access.field_malformed')
    assert.equal(codeOf(`{"settings":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`), 'access.field_malformed')
  })

  test('field write via an array: refused', () => {
    for (const sent of ['[]', '[{"name":"Acme"}]', '[["name","Acme"]]', '{"name":["Acme"]}']) {
      assert.equal(codeOf(sent), 'access.field_malformed', sent)
    }
    assert.equal(codeOf([['name', 'Acme']]), 'access.field_malformed')
  })

  test('field write via a duplicate key: refused, also in disguise, deep inside, and in a form', () => {
    for (const sent of [
      '{"name":"a","name":"b"}',
      String.raw`{"name":"a","n\u0061me":"b"}`,
      '{"settings":{"x":{"a":1,"b":2,"a":3}}}',
      String.raw`{"name":"\"}{\\","settings":[{"a":":","a":1}]}`,
    ]) {
      assert.equal(codeOf(sent), 'access.field_malformed', sent)
    }
    assert.equal(codeOf(String.raw`{"name":"name\":\"name","settings":[{"a":1},{"a":1}],"tags":["a","a"]}`), 'accepted')
    assert.equal(codeOf(new URLSearchParams('name=a&name=b')), 'access.field_malformed')
  })

  test('NUL, half characters, numbers without an end, functions, getters, symbols, files: refused', () => {
    const odd = ['a\0b', '\ud800', Infinity, NaN, () => 1, Symbol('a'), new Date(NaN), undefined, new Set()]
    for (const [at, value] of odd.entries()) {
      assert.equal(codeOf({ name: value }), 'access.field_malformed', `number ${at}`)
    }
    const computed = { get name() { return 'Acme' } } // prettier-ignore
    assert.equal(codeOf(computed), 'access.field_malformed')
    assert.equal(codeOf({ [Symbol('name')]: 'Acme' }), 'access.field_malformed')
    const form = new FormData()
    form.set('name', new File(['Acme'], 'name.txt'))
    assert.equal(codeOf(form), 'access.field_malformed')
    for (const sent of ['', 'null', '1', '"name"', '{"name":"a"', '{"name":"a"}{}', 'x'.repeat(1_000_001)]) {
      assert.equal(codeOf(sent), 'access.field_malformed', sent.slice(0, 20))
    }
  })

  test('a refusal names fields of ours, and never what a stranger wrote', () => {
    assert.throws(
      () => access.accept('account', admin, { verified: true, 'a stranger wrote this': 1 }),
      (thrown: unknown) => {
        assert.ok(thrown instanceof UpheldError)
        assert.equal(thrown.detail, 'account: verified, 2 in all')
        return true
      },
    )
  })

  test('whatever JSON comes: all that is accepted is in the table, and may be written', () => {
    const names = fc.oneof(fc.constantFrom('name', 'tags', 'settings', 'verified', '__proto__', 'id'), fc.string())
    fc.assert(
      fc.property(fc.dictionary(names, fc.jsonValue(), { maxKeys: 4 }), sent => {
        const text = JSON.stringify(sent)
        if (codeOf(text) !== 'accepted') return
        const written = access.accept('account', admin, text)
        for (const name of Object.keys(written)) assert.ok(['name', 'tags', 'settings'].includes(name))
        assert.deepEqual(written, JSON.parse(text))
      }),
      { numRuns: 500 },
    )
  })
})

suite('fields that are read', () => {
  const row = {
    id: 7,
    name: 'Acme',
    verified: true,
    secret: 'x',
    never: 1,
    unlisted: 2,
    tags: ['a'],
    settings: { a: 1 },
  }

  test('what may not be read, and what is not listed, is left out', () => {
    assert.deepEqual(access.pick('account', agent, row), {
      id: 7,
      name: 'Acme',
      verified: true,
      tags: ['a'],
      settings: { a: 1 },
    })
    assert.deepEqual(Object.keys(access.pick('account', owner, row)), [
      'id',
      'name',
      'tags',
      'settings',
      'verified',
      'secret',
    ])
    assert.deepEqual(access.readable('account', agent), ['id', 'name', 'tags', 'settings', 'verified'])
    assert.deepEqual(access.writable('account', admin), ['name', 'tags', 'settings'])
    assert.deepEqual(access.writable('account', agent), [])
  })

  test('what is nested where one value is expected, inherited, computed or a function is left out', () => {
    const odd: object = untyped(Object.create({ verified: true }, { id: { get: () => 1, enumerable: true } }))
    assert.deepEqual(access.pick('account', agent, odd), {})
    assert.deepEqual(access.pick('account', agent, { name: { inside: 1 }, id: [1], verified: () => true }), {})
    const poisoned: object = untyped(JSON.parse('{"settings":{"__proto__":{"a":1}},"__proto__":{"name":"x"}}'))
    assert.deepEqual(access.pick('account', agent, poisoned), {})
    const bytes = Buffer.from('x')
    assert.deepEqual(access.pick('account', agent, { id: bytes, name: new Date(0) }), { name: new Date(0), id: bytes })
  })

  test('a resource that nobody defined has no fields, whatever JavaScript knows by its name', () => {
    const name: 'account' = untyped('constructor')
    assert.throws(() => access.pick(name, owner, row), { code: 'access.unknown_resource' })
  })
})
