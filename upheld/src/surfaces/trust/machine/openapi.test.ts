import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { z } from 'zod'
import { minuteMs, sampleNowMs } from '../sample/builders.ts'
import { samplePage } from '../sample/page.ts'
import { asking, sampleOptions } from '../sample/serving.ts'
import { trustRoutes } from '../trust.ts'
import { operations } from './operations.ts'
import { openApi } from './openapi.ts'

const folder = new URL('../../../../../vectors/openapi/', import.meta.url)
const published = readFileSync(new URL('schema-3.1.json', folder), 'utf8')
const json = z.looseObject({})

const response = z.looseObject({ content: z.record(z.string(), json).optional() })
const operation = z.looseObject({ operationId: z.string(), responses: z.record(z.string(), json) })
const described = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ responses: z.record(z.string(), response), schemas: z.record(z.string(), json) }),
})
const description = described.parse(openApi('https://northwind-desk.example', samplePage.title))

/** A file for every path of the log that can exist, so that each of its addresses answers. */
const evidence = async (path: string) => ({
  bytes: Buffer.from(path),
  contentType:
    path === 'bundle' ? 'application/json' : path.startsWith('tile/') ? 'application/octet-stream' : 'text/plain',
  immutable: path.startsWith('tile/'),
})
let nowMs = sampleNowMs - 60 * minuteMs
const clock = { now: () => new Date(nowMs), monotonicMs: () => 0 }
const ask = asking({ evidence, clock })
// What was opened just now tells no date yet.
nowMs = sampleNowMs
const examples: Readonly<Record<string, string>> = {
  claim: 'isolation.rows',
  script: 'page.js',
  entry: '0',
  level: '0',
  thousands: 'x001',
  tile: '000',
  width: '7',
}
const example = (path: string): string => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => examples[name] ?? 'none')

suite('the description of the public API', () => {
  test('its schema is the one that was published', () => {
    const digest = createHash('sha256').update(published).digest('hex')
    assert.ok(readFileSync(new URL('README.md', folder), 'utf8').includes(digest))
  })
  test('is OpenAPI 3.1 by the published schema; a broken one is not', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true })
    addFormats.default(ajv)
    // An annotation here.
    ajv.addFormat('media-range', true)
    // A dynamic reference without an outer scope is a plain one; ajv takes it for one to the root.
    const plain = published.replaceAll('"$dynamicRef": "#meta"', '"$ref": "#/$defs/schema"')
    assert.notEqual(plain, published)
    const validate = ajv.compile(json.parse(JSON.parse(plain)))
    assert.ok(validate(description), JSON.stringify(validate.errors?.slice(0, 3)))
    assert.equal(validate({ ...description, openapi: '3.0.3' }), false)
    assert.equal(validate({ ...description, surprise: 1 }), false)
    assert.equal(validate({ ...description, paths: { security: {} } }), false)
  })
  test('every schema in it is one of draft 2020-12; a broken one is not', () => {
    const ajv = new Ajv2020({ strict: false })
    const found = schemasIn(description)
    assert.ok(found.length > 20)
    for (const schema of found) assert.equal(ajv.validateSchema(schema), true, JSON.stringify(ajv.errors))
    assert.equal(ajv.validateSchema({ type: 'sometimes' }), false)
  })
  test('every reference in it leads somewhere, and no operation has the name of another', () => {
    const text = JSON.stringify(description)
    for (const [, path = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = path.split('/').reduce<unknown>((at, key) => json.safeParse(at).data?.[key], description)
      assert.notEqual(found, undefined, path)
    }
    const ids = operations.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
  })
  test('has every route that the surface serves', () => {
    const served = new Set(trustRoutes(sampleOptions({ evidence })).routes.map(({ path }) => path))
    assert.ok(served.size > 12)
    for (const path of served) {
      const form = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+').replace('*', '.+')}$`)
      // The address with a slash too many leads to the page.
      const named = path === '/security/' || operations.some(one => form.test(one.path))
      assert.ok(named, `${path} is not described`)
    }
  })
  for (const { path, type, statuses, tagged, open, dated, forever } of operations) {
    test(`${path} answers as it is described`, async () => {
      const answer = await ask(example(path))
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('content-type')?.split(';')[0], type)
      assert.equal(answer.headers.get('etag')?.startsWith('W/'), tagged === 'weak')
      assert.equal(answer.headers.get('access-control-allow-origin'), open ? '*' : null)
      assert.equal(answer.headers.has('last-modified'), dated === true)
      assert.match(answer.headers.get('cache-control') ?? '', forever === true ? /immutable/ : /^no-cache$/)
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
      assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none'; .*frame-ancestors 'none'/)
      const again = await ask(example(path), { headers: { 'if-none-match': answer.headers.get('etag') ?? '' } })
      assert.equal(again.status, 304)
      assert.equal(again.headers.get('etag'), answer.headers.get('etag'))
      const head = await ask(example(path), { method: 'HEAD' })
      assert.deepEqual([head.status, await head.text()], [200, ''])
      assert.equal(head.headers.get('etag'), answer.headers.get('etag'))
      const wrong = await ask(example(path), { method: 'POST' })
      assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'GET, HEAD'])
      await assertUnread(path, statuses.includes(503))
    })
  }
  test('what is not there is refused as it is described', async () => {
    for (const path of ['/security/claims/no.such', '/security/nothing.json', '/security/claims/no.such/badge.svg']) {
      assert.equal((await ask(path)).status, 404)
    }
    const refusal = await ask('/security/nothing.json')
    assert.equal(refusal.headers.get('content-type'), 'application/json; charset=utf-8')
    assert.equal(refusal.headers.get('access-control-allow-origin'), '*')
    const ajv = new Ajv2020({ strict: false })
    const validate = ajv.compile(json.parse(description.components.schemas['Refusal']))
    const body: unknown = await refusal.json()
    assert.ok(validate(body), JSON.stringify(validate.errors))
    assert.equal(validate({ error: 'no' }), false)
  })
})

/** What stands under `schema`, and every named one. */
function schemasIn(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(schemasIn)
  const found = json.safeParse(value).data
  if (found === undefined) return []
  return Object.entries(found).flatMap(([key, inner]) => {
    if (key === 'schemas') return Object.values(json.parse(inner)).map(schema => json.parse(schema))
    return key === 'schema' ? [json.parse(inner)] : schemasIn(inner)
  })
}

/** With nothing ever read: 503 where that is described, and the same answer as before where nothing needs the record. */
async function assertUnread(path: string, may: boolean): Promise<void> {
  const failing = asking({
    report: () => Promise.reject(new Error('away')),
    evidence: () => Promise.reject(new Error('away')),
    onFailure: () => undefined,
  })
  const answer = await failing(example(path))
  assert.equal(answer.status, may ? 503 : 200)
  if (may) assert.equal(answer.headers.get('retry-after'), '60')
}
