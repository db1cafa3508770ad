import assert from 'node:assert/strict'
import { createDecipheriv, createHash, createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { inflateSync } from 'node:zlib'
import { z } from 'zod'
import {
  beginOpening,
  beginSealing,
  cobblestone,
  expand,
  openChunk,
  openMessage,
  plainSize,
  sealChunk,
  sealedSize,
  sealMessage,
} from './chunked.ts'

const hex = z.string().regex(/^([0-9a-f]{2})*$/)
const vector = {
  tcId: z.number(),
  comment: z.string(),
  result: z.enum(['valid', 'invalid']),
  flags: z.array(z.string()),
}
const filed = <T extends z.ZodType>(test: T) =>
  z.object({ numberOfTests: z.number(), testGroups: z.array(z.object({ tests: z.array(test) })) })

/** The vectors of others, which are read from the file and counted as it counts them. */
function vectorsOf<T extends z.ZodType>(name: string, form: T): z.output<T>[] {
  const url = new URL(`../../../../vectors/wycheproof/${name}_test.json`, import.meta.url)
  const file = filed(form).parse(JSON.parse(readFileSync(url, 'utf8')))
  const tests = file.testGroups.flatMap(group => group.tests)
  assert.equal(tests.length, file.numberOfTests)
  return tests
}

const bytes = (text: string): Buffer => Buffer.from(text, 'hex')
const sha512 = (data: Uint8Array): string => createHash('sha512').update(data).digest('hex')

suite('the vectors of C2SP chunked-encryption', () => {
  const form = z.object({
    ...vector,
    key: hex,
    ctx: hex,
    ct: hex,
    msgLength: z.number().optional(),
    msgSha512: hex.optional(),
  })
  const vectors = vectorsOf('c2sp_chunked_encryption_aes_256_gcm', form)

  test('there are 35, 10 of them valid', () => {
    assert.deepEqual([vectors.length, vectors.filter(({ result }) => result === 'valid').length], [35, 10])
  })

  for (const { tcId, comment, key, ctx, ct, msgLength, msgSha512, result, flags } of vectors) {
    test(`${tcId}, ${result}: ${comment}`, () => {
      const input = createSecretKey(bytes(key))
      const sealed = inflateSync(bytes(ct))
      if (flags.includes('InvalidKeySize')) {
        assert.throws(() => openMessage(input, bytes(ctx), sealed), /the input key has 32 bytes/)
        return
      }
      const plain = openMessage(input, bytes(ctx), sealed)
      if (result === 'invalid') {
        assert.equal(plain, undefined)
        const refusedAtHead = beginOpening(input, sealed.subarray(0, cobblestone.head), bytes(ctx)) === undefined
        if (flags.includes('HeaderFailure')) assert.ok(refusedAtHead)
        else assert.equal(streamed(input, bytes(ctx), sealed).whole, false)
        if (flags.includes('PartialPlaintext'))
          assert.equal(sha512(streamed(input, bytes(ctx), sealed).plain), msgSha512)
        return
      }
      assert.ok(plain !== undefined)
      assert.deepEqual([plain.length, sha512(plain)], [msgLength, msgSha512])
      assert.deepEqual([plainSize(sealed.length), sealedSize(plain.length)], [plain.length, sealed.length])
      assert.deepEqual(streamed(input, bytes(ctx), sealed), { plain, whole: true })
      const again = Buffer.alloc(sealed.length)
      sealMessage(input, sealed.subarray(0, cobblestone.salt), bytes(ctx), plain, again)
      assert.ok(again.equals(sealed), 'sealed again with the same salt it is the same')
    })
  }

  /** Chunk after chunk, as a stream does: what came out before the first that is refused. */
  function streamed(key: Parameters<typeof beginOpening>[0], context: Buffer, sealed: Buffer) {
    const message = beginOpening(key, sealed.subarray(0, cobblestone.head), context)
    assert.ok(message !== undefined)
    const chunks: Buffer[] = []
    for (let index = 0, at = cobblestone.head; ; index++, at += cobblestone.sealedChunk) {
      const last = sealed.length - at < cobblestone.sealedChunk
      const end = last ? sealed.length : at + cobblestone.sealedChunk
      const chunk = openChunk(message, index, sealed.subarray(at, end))
      if (chunk !== undefined) chunks.push(chunk)
      if (last || chunk === undefined) return { plain: Buffer.concat(chunks), whole: chunk !== undefined }
    }
  }
})

suite('the vectors of what it is built of', () => {
  const gcm = z.object({ ...vector, key: hex, iv: hex, aad: hex, msg: hex, ct: hex, tag: hex })
  const rows = vectorsOf('aes_gcm', gcm).filter(({ key }) => key.length === 64)

  test('AES-256-GCM: every vector that has the form of a chunk, through the chunk itself', () => {
    const chunks = rows.filter(({ iv, aad }) => iv.length === 24 && aad === '')
    assert.equal(chunks.length, 48)
    for (const { tcId, key, iv, msg, ct, tag, result } of chunks) {
      const message = { first: bytes(key + iv), second: Buffer.alloc(0) }
      const opened = openChunk(message, 0, bytes(ct + tag))
      assert.equal(opened?.toString('hex'), result === 'valid' ? msg : undefined, `${tcId}`)
      if (result === 'valid') assert.equal(sealChunk(message, 0, bytes(msg)).toString('hex'), ct + tag, `${tcId}`)
    }
  })

  test('AES-256-GCM: the cipher below agrees with every other vector, and takes no nonce of 2056 bits', () => {
    const others = rows.filter(({ iv, aad }) => iv.length !== 24 || aad !== '')
    assert.deepEqual([rows.length, others.length], [105, 57])
    for (const { tcId, key, iv, aad, msg, ct, tag, result } of others) {
      const open = (): string => {
        const decipher = createDecipheriv('aes-256-gcm', bytes(key), bytes(iv), { authTagLength: 16 })
        decipher.setAAD(bytes(aad)).setAuthTag(bytes(tag))
        return Buffer.concat([decipher.update(bytes(ct)), decipher.final()]).toString('hex')
      }
      if (result === 'valid' && iv.length !== 514) assert.equal(open(), msg, `${tcId}`)
      else assert.throws(open, `${tcId}`)
    }
  })

  test('HKDF-SHA-512: every vector, extracted as RFC 5869 says and expanded by us', () => {
    const form = z.object({ ...vector, ikm: hex, salt: hex, info: hex, size: z.number(), okm: hex })
    const vectors = vectorsOf('hkdf_sha512', form)
    assert.equal(vectors.length, 83)
    for (const { tcId, ikm, salt, info, size, okm, result } of vectors) {
      const key = createSecretKey(createHmac('sha512', bytes(salt)).update(bytes(ikm)).digest())
      const expanded = (): Buffer => Buffer.concat(expand(key, [bytes(info)], Math.ceil(size / 64)), size)
      if (result === 'invalid') assert.throws(expanded, /255 blocks/)
      else assert.equal(expanded().toString('hex'), okm, `${tcId}`)
    }
  })
})

suite('a chunk is opened in its own place only', () => {
  const key = createSecretKey(randomBytes(32))
  const { message } = beginSealing(key, randomBytes(24), Buffer.from('context'))
  const plain = randomBytes(100)

  test('a chunk far behind has a nonce of its own: numbers from 0 to 2^38 - 1', () => {
    const places = [0, 1, 255, 256, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 37, 2 ** 38 - 1]
    const sealed = places.map(index => sealChunk(message, index, plain))
    assert.equal(new Set(sealed.map(chunk => chunk.toString('hex'))).size, places.length)
    for (const [at, chunk] of sealed.entries())
      for (const [other, index] of places.entries())
        assert.deepEqual(openChunk(message, index, chunk), at === other ? plain : undefined)
  })

  for (const index of [2 ** 38, -1, 0.5, Number.NaN]) {
    test(`chunk ${index} is never sealed and never opened`, () => {
      assert.throws(() => sealChunk(message, index, plain), /at most 2\^38 chunks/)
      assert.throws(() => openChunk(message, index, randomBytes(116)), /at most 2\^38 chunks/)
    })
  }

  test('a tag that is cut to 4 to 15 bytes is refused', () => {
    const whole = sealChunk(message, 0, plain)
    for (let tag = 0; tag < cobblestone.tag; tag++)
      assert.equal(openChunk(message, 0, whole.subarray(0, plain.length + tag)), undefined)
  })

  test('more than 16 KiB is no chunk', () => {
    assert.throws(() => sealChunk(message, 0, Buffer.alloc(16_385)), /at most 16 KiB/)
    assert.equal(openChunk(message, 0, Buffer.alloc(16_401)), undefined)
  })
})

test('the size of a sealed message says the size of what is in it, and sizes that no message has are none', () => {
  for (const plain of [0, 1, 16_383, 16_384, 16_385, 32_767, 32_768, 2 ** 38])
    assert.equal(plainSize(sealedSize(plain)), plain)
  for (const sealed of [0, 55, 56, 71, 56 + 16_400, 56 + 16_400 + 15]) assert.equal(plainSize(sealed), undefined)
})
