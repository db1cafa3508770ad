import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import {
  formatProof,
  generateSignerKey,
  inclusionProof,
  leafHash,
  parseSignerKey,
  subtreesOf,
  verifyProof,
} from '../../src/core/transparency/index.ts'
import { signNote } from '../../src/core/transparency/note.ts'
import { verifyLog } from '../../src/proof/evidence/verify/index.ts'
import { testBrowser } from '../../src/testing/browser.ts'
import { codeOr, openChecker, type Checker } from './checker.ts'
import { filesOf, logOf, origin, signer } from './logs.ts'

const values = Array.from({ length: 300 }, (_, i) => ({ type: 'other/note@v1', i }))
const log = logOf(values)
const key = signer.verifier.encoded
const other = parseSignerKey(generateSignerKey(origin))
const [text = '', ownLine = ''] = log.checkpoint.split('\n\n')
const strange = (name: Buffer): Buffer =>
  Buffer.concat([Buffer.from('— '), name, Buffer.from(` ${randomBytes(68).toString('base64')}\n`)])
const appended = (...more: readonly Buffer[]): Buffer => Buffer.concat([Buffer.from(log.checkpoint), ...more])

/** What is served as checkpoint or key, and the code that both verifiers refuse it with; `holds` when they do not. */
const rows: readonly (readonly [what: string, changed: Readonly<Record<string, Buffer | string>>, code: string])[] = [
  ['as it was signed', {}, 'holds'],
  ['with a line of somebody who is not known', { checkpoint: appended(strange(Buffer.from('é.example'))) }, 'holds'],
  [
    'wrong origin',
    { checkpoint: signNote(`other.example/log\n${text.split('\n').slice(1).join('\n')}\n`, signer) },
    'transparency.other_origin',
  ],
  ['unknown key', { checkpoint: logOf(values, other).checkpoint }, 'transparency.unknown_key'],
  [
    'a key of another log',
    { key: `${parseSignerKey(generateSignerKey('x.example/log')).verifier.encoded}\n` },
    'transparency.unknown_key',
  ],
  [
    'a false signature beside the good one',
    { checkpoint: appended(Buffer.from(signNote('other\n', signer).split('\n\n')[1] ?? '')) },
    'transparency.bad_signature',
  ],
  ['CRLF on every line', { checkpoint: log.checkpoint.replaceAll('\n', '\r\n') }, 'transparency.bad_note'],
  ['CRLF in the text alone', { checkpoint: `${text.replaceAll('\n', '\r\n')}\n\n${ownLine}` }, 'transparency.bad_note'],
  ['CRLF behind the signature', { checkpoint: log.checkpoint.replace(/\n$/, '\r\n') }, 'transparency.bad_note'],
  ['a lone CR', { checkpoint: log.checkpoint.replace('\n', '\r') }, 'transparency.bad_note'],
  ['CRLF behind the key', { key: `${key}\r\n` }, 'transparency.bad_key'],
  ['a key without its newline', { key }, 'transparency.bad_key'],
  ['a key with two newlines', { key: `${key}\n\n` }, 'transparency.bad_key'],
  [
    'invalid UTF-8 in the text',
    { checkpoint: Buffer.concat([Buffer.of(0xff), Buffer.from(log.checkpoint)]) },
    'transparency.bad_note',
  ],
  [
    'invalid UTF-8 in the name of somebody else',
    { checkpoint: appended(strange(Buffer.of(0xc3, 0x28))) },
    'transparency.bad_note',
  ],
  ['an overlong form', { checkpoint: appended(strange(Buffer.of(0xc0, 0xaf))) }, 'transparency.bad_note'],
  ['half a surrogate pair', { checkpoint: appended(strange(Buffer.of(0xed, 0xa0, 0x80))) }, 'transparency.bad_note'],
  [
    'invalid UTF-8 in the key',
    { key: Buffer.concat([Buffer.of(0x80), Buffer.from(`${key}\n`)]) },
    'transparency.bad_note',
  ],
  ['a byte order mark', { checkpoint: `\ufeff${log.checkpoint}` }, 'transparency.bad_signature'],
  [
    'a line separator for a newline',
    { checkpoint: log.checkpoint.replace('\n', '\u2028') },
    'transparency.bad_signature',
  ],
  ['NUL', { checkpoint: log.checkpoint.replace('\n', '\0\n') }, 'transparency.bad_note'],
  ['a checkpoint of nothing', { checkpoint: '' }, 'transparency.bad_note'],
  [
    'a hundred signatures too many',
    { checkpoint: appended(...Array.from({ length: 100 }, () => strange(Buffer.from('x')))) },
    'transparency.bad_note',
  ],
]

const proven = (index: number, hashes: readonly Buffer[]): string =>
  formatProof({ index, hashes, checkpoint: log.checkpoint })
const path = inclusionProof(subtreesOf(log.tree), 7, log.tree.size)
const many = Array.from({ length: 10_000 }, () => randomBytes(32))

/** Proofs of leaf 7, and the number of hashes that a browser computes before it answers. */
const proofs: readonly (readonly [what: string, proof: string, code: string, hashed: number])[] = [
  ['of this leaf', proven(7, path), 'holds', path.length + 1],
  ['of 10,000 hashes', proven(7, many), 'transparency.bad_proof', 0],
  ['of the path and 10,000 hashes', proven(7, [...path, ...many]), 'transparency.bad_proof', 0],
  ['of 64 hashes', proven(7, many.slice(0, 64)), 'transparency.bad_proof', 0],
  ['of 63 hashes', proven(7, many.slice(0, 63)), 'transparency.not_included', path.length + 1],
  ['without a hash', proven(7, []), 'transparency.not_included', 1],
  ['of another leaf', proven(8, path), 'transparency.not_included', path.length + 1],
  ['of a leaf beyond the log', proven(300, path), 'transparency.not_included', 1],
  ['with CRLF', proven(7, path).replaceAll('\n', '\r\n'), 'transparency.bad_proof', 0],
]

const found = await testBrowser()
const skip = 'reason' in found ? found.reason : false

suite('what a log may send, judged by Node and by the browser alike', { skip }, () => {
  let checker: Checker
  before(async () => {
    assert.ok('browser' in found)
    checker = await openChecker(found.browser)
  })
  after(async () => {
    await checker.close()
    if ('browser' in found) await found.browser.close()
  })

  const judgeLog = `
    const { checkEvidenceLog } = await load('evidence.js')
    const get = async path => fromBase64(given[path])
    return checkEvidenceLog(get).then(() => 'holds', codeOf)`

  for (const [what, changed, code] of rows) {
    test(`a note: ${what}`, async () => {
      const files = filesOf(log, key)
      for (const [name, bytes] of Object.entries(changed)) files.set(name, Buffer.from(bytes))
      const get = async (name: string): Promise<Buffer> => files.get(name) ?? assert.fail(name)
      const node = await codeOr(async () => {
        await verifyLog(get, { now: new Date(0) })
        return 'holds'
      })
      const given = Object.fromEntries([...files].map(([name, bytes]) => [name, bytes.toString('base64')]))
      assert.deepEqual({ node, browser: await checker.run(judgeLog, given) }, { node: code, browser: code })
    })
  }

  const judgeProof = `
    const [{ openProof }, { parseKey }] = [await load('proof.js'), await load('note.js')]
    const key = await parseKey(given.key, 1)
    const digest = crypto.subtle.digest
    let hashed = 0
    crypto.subtle.digest = (...args) => { hashed += 1; return digest.apply(crypto.subtle, args) }
    try {
      const code = await openProof(given.proof, fromBase64(given.leaf), key).then(() => 'holds', codeOf)
      return { code, hashed }
    } finally { crypto.subtle.digest = digest }`

  for (const [what, proof, code, hashed] of proofs) {
    test(`a proof ${what}`, async () => {
      const leaf = log.leaves[7] ?? assert.fail()
      assert.ok(leafHash(leaf).length === 32)
      const node = await codeOr(() => {
        verifyProof(proof, leaf, signer.verifier)
        return 'holds'
      })
      assert.equal(node, code)
      const seen = await checker.run(judgeProof, { key, proof, leaf: leaf.toString('base64') })
      assert.deepEqual(z.object({ code: z.string(), hashed: z.number() }).parse(seen), { code, hashed })
    })
  }
})
