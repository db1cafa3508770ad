import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byName, isOwnAddress, isThisMachine } from './web.ts'

test('an address of ours is https anywhere, and http on this machine alone', () => {
  const own = [
    'https://desk.example',
    'http://localhost:4180/a',
    'http://127.0.0.1:1',
    'http://127.8.9.1',
    'http://[::1]:1',
  ]
  for (const text of own) assert.equal(isOwnAddress(text), true, text)
  const others = [
    'http://desk.example',
    'http://10.0.0.1',
    'http://[::2]',
    'ftp://localhost',
    'localhost',
    '',
    'https://',
  ]
  for (const text of others) assert.equal(isOwnAddress(text), false, text)
})

test('a name that only looks like this machine is somebody else’s', () => {
  const names = [
    '127.0.0.1.evil.example',
    '127.evil.example',
    '127.999.1.1',
    'localhost.evil.example',
    'evil-localhost',
    '::2',
  ]
  for (const name of names) assert.equal(isThisMachine(name), false, name)
  for (const name of names.slice(0, 2)) assert.equal(isOwnAddress(`http://${name}`), false, name)
})

test('an address in numbers is told by its name, and nothing else is', () => {
  assert.equal(byName('http://127.0.0.1:4180/x'), 'http://localhost:4180/x')
  for (const text of ['http://127.0.0.11/', 'https://desk.example/127.0.0.1']) assert.equal(byName(text), text)
})
