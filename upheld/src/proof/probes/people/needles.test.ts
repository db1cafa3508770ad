import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { openNeedles, writtenForms } from './needles.ts'

async function* inParts(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

suite('what a thief looks for', () => {
  const digest = createHash('sha256').update('a password').digest()
  const needles = openNeedles([
    ...writtenForms(digest).map(bytes => ({ bytes, says: 'sha256' })),
    ...Array.from({ length: 2000 }, () => ({ bytes: randomBytes(20), says: 'nothing' })),
  ])

  for (const [name, form] of [
    ['as it is', digest],
    ['in hex', Buffer.from(digest.toString('hex'))],
    ['in capitals', Buffer.from(digest.toString('hex').toUpperCase())],
    ['in base64', Buffer.from(digest.toString('base64'))],
    ['in base64url', Buffer.from(digest.toString('base64url'))],
  ] as const)
    test(`is found ${name}, wherever it stands and wherever the bytes were cut`, async () => {
      for (const [before, size] of [
        [0, 7],
        [1, 64],
        [4099, 4096],
        [70_000, 65_536],
      ] as const) {
        const bytes = Buffer.concat([randomBytes(before), form, randomBytes(100)])
        assert.deepEqual(
          (await needles.search(inParts(bytes, size))).map(({ says }) => says),
          ['sha256'],
        )
      }
      assert.equal((await needles.search(inParts(Buffer.from(form), 1))).length, 1)
    })

  test('is not found where it is not, or not whole', async () => {
    assert.deepEqual(await needles.search(inParts(randomBytes(1_000_000), 65_536)), [])
    assert.deepEqual(await needles.search(inParts(digest.subarray(0, 31), 8)), [])
    assert.deepEqual(await needles.search(inParts(Buffer.alloc(0), 8)), [])
  })
})
