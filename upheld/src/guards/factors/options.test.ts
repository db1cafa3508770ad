import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFactorOptions } from './options.ts'

const good = { issuer: 'Desk', rpId: 'desk.example', origins: ['https://desk.example', 'https://eu.desk.example'] }

test('what is left out has a safe value', () => {
  assert.deepEqual(parseFactorOptions(good), { ...good, deviceDays: 90, trustDays: 30 })
})

test('localhost may do without TLS, for work on one machine', () => {
  assert.equal(
    parseFactorOptions({ issuer: 'Desk', rpId: 'localhost', origins: ['http://localhost:8080'] }).rpId,
    'localhost',
  )
})

test('a name below localhost is this machine as well', () => {
  assert.deepEqual(
    parseFactorOptions({ issuer: 'Desk', rpId: 'localhost', origins: ['http://sub.localhost:1'] }).origins,
    ['http://sub.localhost:1'],
  )
  assert.throws(() => parseFactorOptions({ ...good, origins: ['http://localhost.desk.example'] }), {
    code: 'factors.bad_options',
  })
})

test('options that would let a passkey be used elsewhere do not start', () => {
  const wrong = [
    { ...good, rpID: 'desk.example' },
    { ...good, rpId: 'Desk.example' },
    { ...good, rpId: 'https://desk.example' },
    { ...good, rpId: 'desk.example.' },
    { ...good, rpId: 'example' },
    { ...good, origins: [] },
    { ...good, origins: ['http://desk.example'] },
    { ...good, origins: ['https://desk.example/'] },
    { ...good, origins: ['https://desk.example:443'] },
    { ...good, origins: ['https://evildesk.example'] },
    { ...good, origins: ['https://desk.example.evil.example'] },
    { ...good, origins: ['*'] },
    { ...good, issuer: 'a:b' },
    { ...good, issuer: '' },
    { ...good, issuer: '\ud800' },
    { ...good, deviceDays: 10, trustDays: 11 },
    undefined,
  ]
  for (const options of wrong) {
    assert.throws(() => parseFactorOptions(options), { code: 'factors.bad_options' }, JSON.stringify(options))
  }
})
