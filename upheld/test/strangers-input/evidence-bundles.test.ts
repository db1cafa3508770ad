import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import type { JsonObject } from '../../src/core/json.ts'
import { formatBundle, verifyBundle } from '../../src/proof/evidence/verify/index.ts'
import { testBrowser } from '../../src/testing/browser.ts'
import { codeOr, openChecker, type Checker } from './checker.ts'
import { logOf, signer } from './logs.ts'

// Canonical JSON has one spelling and the head one signature, so no byte of a bundle is insignificant: every change of
// any byte is refused. Node's verifier is held to it in proof/evidence/verify/bundle.test.ts; here, the browser's.

const leaves: readonly JsonObject[] = [
  { type: 'other/note@v1', says: '“é” 🔒 \u2028', at: 0 },
  { type: 'upheld/withdrawal@v1', claim: 'x.y', digest: 'sha256:00', at: '2026-11-20T10:00:00.000Z' },
]
const whole = formatBundle(signer.verifier.encoded, logOf(leaves).checkpoint, leaves)
const now = new Date('2026-11-20T12:00:00.000Z')

const found = await testBrowser()
const skip = 'reason' in found ? found.reason : false

suite('an altered evidence bundle', { skip }, () => {
  let checker: Checker
  before(async () => {
    assert.ok('browser' in found)
    checker = await openChecker(found.browser)
  })
  after(async () => {
    await checker.close()
    if ('browser' in found) await found.browser.close()
  })

  const judge = `
    const { checkEvidenceFile } = await load('evidence.js')
    const whole = fromBase64(given.whole)
    const judged = []
    for (const [from, to, insert] of given.edits) {
      const bytes = new Uint8Array([...whole.subarray(0, from), ...insert, ...whole.subarray(to)])
      judged.push(await checkEvidenceFile(bytes).then(({ root }) => root, codeOf))
    }
    return judged`

  async function compare(edits: readonly (readonly [from: number, to: number, insert: readonly number[]])[]) {
    const given = { whole: whole.toString('base64'), edits: edits.map(([from, to, insert]) => [from, to, [...insert]]) }
    const seen = z.array(z.string()).parse(await checker.run(judge, given))
    for (const [place, [from, to, insert]] of edits.entries()) {
      const bytes = Buffer.concat([whole.subarray(0, from), Buffer.from(insert), whole.subarray(to)])
      const node = await codeOr(() => verifyBundle(bytes, { now }).root)
      assert.equal(seen[place], node, `bytes ${from} to ${to} as ${insert.join()}`)
    }
    return seen
  }

  test('as it was made, the browser and Node find the same root', async () => {
    const [root] = await compare([[0, 0, []]])
    assert.equal(root, verifyBundle(whole, { now }).root)
  })

  test('each bit of each byte flipped: refused by both, for the same reason', async () => {
    const edits = [...whole].flatMap((byte, at) =>
      Array.from({ length: 8 }, (_, bit) => [at, at + 1, [byte ^ (1 << bit)]] as const),
    )
    const seen = await compare(edits)
    assert.equal(seen.length, whole.length * 8)
    for (const code of seen) assert.match(code, /^(verify|transparency)\.[a-z_]+$/)
  })

  test('each byte left out, doubled, or cut off with all that follows: refused by both, for the same reason', async () => {
    const edits = [...whole].flatMap((byte, at) => [
      [at, at + 1, []] as const,
      [at, at, [byte]] as const,
      [at, whole.length, []] as const,
    ])
    for (const code of await compare(edits)) assert.match(code, /^(verify|transparency)\.[a-z_]+$/)
  })
})
