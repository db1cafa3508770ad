import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openStage, refusal, type Stage } from './stage.ts'

suite('bad input of the API', () => {
  let stage: Stage
  let key: string
  before(async () => {
    stage = await openStage()
    key = await stage.key(stage.organization('harrowgate'))
  })
  after(() => stage.close())

  const id = '00000000-0000-4000-8000-000000000000'
  const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const bad: readonly (readonly [why: string, method: string, path: string, body?: unknown])[] = [
    ['no uuid', 'GET', '/conversations/1'],
    ['an injection for an id', 'GET', `/conversations/${encodeURIComponent("' or true --")}`],
    ['a status that does not exist', 'GET', '/conversations?status=lost'],
    ['a filter that does not exist', 'GET', '/conversations?organization_id=1'],
    ['a filter given twice', 'GET', '/conversations?status=open&status=closed'],
    ['a page of none', 'GET', '/conversations?limit=0'],
    ['a page of too many', 'GET', '/conversations?limit=101'],
    ['a page of a word', 'GET', '/conversations?limit=all'],
    ['no cursor', 'GET', '/conversations?after=x'],
    ['a cursor of another list', 'GET', `/conversations?after=${cursor(['Ada', id])}`],
    ['a cursor before all time', 'GET', `/conversations?after=${cursor(['0000-01-01T00:00:00.000Z', id])}`],
    ['a cursor with a null byte', 'GET', `/contacts?after=${cursor(['a\0', id])}`],
    ['a cursor of a thousand names', 'GET', `/contacts?after=${'a'.repeat(2000)}`],
    ['no subject', 'POST', '/conversations', { contact_id: id, body: 'a' }],
    ['an empty subject', 'POST', '/conversations', { contact_id: id, subject: '  ', body: 'a' }],
    ['a subject of two lines', 'POST', '/conversations', { contact_id: id, subject: 'a\nb', body: 'a' }],
    ['a subject without end', 'POST', '/conversations', { contact_id: id, subject: 'a'.repeat(201), body: 'a' }],
    ['a null byte', 'POST', '/conversations', { contact_id: id, subject: 'a', body: 'a\0b' }],
    ['a field that does not exist', 'POST', '/contacts', { name: 'a', email: 'a@post.example', organization_id: id }],
    [
      'a prototype for a field',
      'POST',
      '/contacts',
      JSON.parse('{"name":"a","email":"a@post.example","__proto__":{}}'),
    ],
    ['no address', 'POST', '/contacts', { name: 'a', email: 'a' }],
    ['no telephone', 'POST', '/contacts', { name: 'a', email: 'a@post.example', phone: 'call me' }],
    ['a number for a name', 'POST', '/contacts', { name: 1, email: 'a@post.example' }],
    ['a list for a body', 'POST', '/contacts', []],
    ['null for a body', 'POST', '/contacts', null],
  ]
  for (const [why, method, path, body] of bad) {
    test(`${why} is refused with its place, and not repeated`, async () => {
      const answer = await stage.api(method, `/api/v1${path}`, { key, ...(body === undefined ? {} : { body }) })
      const { error } = refusal.parse(answer.body)
      assert.deepEqual([answer.status, error.code], [400, 'desk.invalid_input'])
      assert.ok(error.problems && error.problems.length > 0)
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
    })
  }

  test('a body that is not JSON, is said to be something else, or is too large is refused', async () => {
    const post = async (body: string, type: string) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': type }
      const answer = await fetch(`${stage.origin}/api/v1/contacts`, { method: 'POST', headers, body })
      return [answer.status, refusal.parse(await answer.json()).error.code]
    }
    assert.deepEqual(await post('{', 'application/json'), [415, 'desk.not_json'])
    assert.deepEqual(await post('', 'application/json'), [415, 'desk.not_json'])
    assert.deepEqual(await post('{"name":"a"}', 'text/plain'), [415, 'desk.not_json'])
    assert.deepEqual(await post(JSON.stringify({ name: 'a'.repeat(70_000) }), 'application/json'), [
      413,
      'desk.too_large',
    ])
  })
})
