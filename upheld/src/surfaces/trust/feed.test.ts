import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { z } from 'zod'
import { feedSchema } from './feed.ts'
import { sampleReport } from './sample/report.ts'
import { asking } from './sample/serving.ts'

const ask = asking()

suite('the feed', () => {
  test('is what its schema says, in every state', async () => {
    const response = await ask('/security/feed.json')
    assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    const feed = feedSchema.parse(await response.json())
    assert.equal(feed.claims.length, sampleReport.claims.length)
    assert.equal(feed.checkpoint?.size, 12_481)
  })
  test('the served JSON Schema, read back, accepts the feed and refuses what is not one', async () => {
    const json: unknown = await (await ask('/security/feed.schema.json')).json()
    const served = z.fromJSONSchema(z.record(z.string(), z.json()).parse(json))
    const feed = z.record(z.string(), z.json()).parse(await (await ask('/security/feed.json')).json())
    assert.ok(served.safeParse(feed).success)
    assert.ok(!served.safeParse({ ...feed, type: 'upheld/feed@v2' }).success)
    assert.ok(!served.safeParse({ ...feed, extra: 1 }).success)
  })
  test('only upheld and attested are in place', async () => {
    const feed = feedSchema.parse(await (await ask('/security/feed.json')).json())
    for (const claim of feed.claims) {
      assert.equal(claim.in_place, claim.verdict === 'upheld' || claim.verdict === 'attested', claim.id)
    }
    assert.deepEqual([...new Set(feed.claims.map(claim => claim.verdict))].sort(), [
      'attested',
      'planned',
      'refuted',
      'unproven',
      'upheld',
    ])
  })
  test('every field of it is in the reference, and no other', () => {
    const reference = readFileSync(new URL('../../../../docs/reference/feed.md', import.meta.url), 'utf8')
    const told = new Set([...reference.matchAll(/^\| `([a-z_]+)`/gm)].map(match => match[1]))
    assert.deepEqual([...told].sort(), [...namesIn(z.toJSONSchema(feedSchema))].sort())
  })
})

/** Names of all fields, except those of objects that hold names of somebody else's. */
function namesIn(schema: unknown, found = new Set<string>()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return found
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties')
      for (const name of Object.keys(z.record(z.string(), z.unknown()).parse(value))) found.add(name)
    namesIn(value, found)
  }
  return found
}
