import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { z } from 'zod'
import { keySource } from './keys.ts'
import { parseDefinition } from './options.ts'
import { verifySignature } from './signature.ts'

const key = z.looseObject({ kty: z.string(), alg: z.string().optional() })
const file = z
  .object({
    numberOfTests: z.number(),
    testGroups: z.array(
      z.object({
        comment: z.string(),
        public: key.optional(),
        private: key.optional(),
        tests: z.array(
          z.object({ tcId: z.number(), comment: z.string(), jws: z.unknown(), result: z.enum(['valid', 'invalid']) }),
        ),
      }),
    ),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../../../vectors/wycheproof/json_web_signature_test.json', import.meta.url), 'utf8'),
    ),
  )

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const
const definition = (key: Readonly<Record<string, unknown>>) =>
  parseDefinition({
    issuer: 'https://issuer.example',
    audience: 'desk',
    type: 'at+jwt',
    algorithms: [...algorithms],
    keys: { set: { keys: [{ kty: '', ...key }] } },
  })
const clock = { now: () => new Date(0), monotonicMs: () => 0 }

/** Whether the token is taken: by its key alone, or because the definition took no such key. */
async function taken(key: Readonly<Record<string, unknown>>, jws: unknown): Promise<boolean> {
  try {
    await verifySignature(String(jws), algorithms, keySource(definition(key), { clock }))
    return true
  } catch (thrown) {
    assert.ok(thrown instanceof Error && 'code' in thrown)
    assert.ok(['jwt.refused', 'jwt.bad_definition'].includes(String(thrown.code)), String(thrown.code))
    return false
  }
}

suite('401 signatures of Wycheproof', () => {
  const all = file.testGroups.flatMap(group =>
    group.tests.map(one => ({ ...one, group: group.comment, key: group.public ?? group.private ?? { kty: 'none' } })),
  )
  test('all of them are here', () => assert.equal(all.length, file.numberOfTests))

  test('R17: no forgery is taken', async () => {
    const forged = all.filter(one => one.result === 'invalid')
    const wrong: string[] = []
    for (const one of forged) if (await taken(one.key, one.jws)) wrong.push(`${one.tcId} ${one.comment}`)
    assert.deepEqual(wrong, [])
    assert.equal(forged.length, 355)
  })

  test('every right one is taken, but those of which we ask more: claims, a public key, a key for that very algorithm', async () => {
    const right = all.filter(one => one.result === 'valid')
    const strict = (one: (typeof all)[number]): boolean =>
      one.key['kty'] === 'oct' ||
      one.comment === 'emptyPayload' ||
      // The key of these says PS256 and ES521, their header PS384 and ES512.
      ['Figure20', 'Figure27'].includes(one.comment)
    const wrong: string[] = []
    for (const one of right) {
      if ((await taken(one.key, one.jws)) === strict(one)) wrong.push(`${one.tcId} ${one.group} ${one.comment}`)
    }
    assert.deepEqual(wrong, [])
    assert.equal(right.filter(one => !strict(one)).length, 26)
  })
})
