import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  generateCosignerKey,
  generateSignerKey,
  noteText,
  openByPolicy,
  openCosigned,
  parseCosignerKey,
  parsePolicy,
  parseSignerKey,
  parseWitnessKey,
  signCheckpoint,
} from './index.ts'

const origin = 'northwind-desk.example/upheld/anchor'
const log = parseSignerKey(generateSignerKey(origin))
const root = Buffer.alloc(32, 7)
const checkpoint = signCheckpoint({ size: 42, root }, log)
const text = checkpoint.slice(0, checkpoint.indexOf('\n\n') + 1)
const witnesses = ['a', 'b', 'c'].map(one => parseCosignerKey(generateCosignerKey(`${one}.example/witness`)))
const keys = witnesses.map(({ verifier }) => verifier)
const [first, second, third] = witnesses
assert.ok(first && second && third)
const secs = Date.parse('2026-11-20T12:00:00Z') / 1000
const refusal = (code: string) => ({ name: 'UpheldError', code: `transparency.${code}` })

suite('cosignatures', () => {
  test('of known witnesses are read with their times; a witness that signed twice is one', () => {
    const note = checkpoint + first.cosign(text, secs) + second.cosign(text, secs + 5) + first.cosign(text, secs + 9)
    const { size, cosignatures } = openCosigned(note, log.verifier, keys)
    assert.equal(size, 42)
    assert.deepEqual(
      cosignatures.map(({ witness, at }) => [witness.name, at.getTime() / 1000 - secs]),
      [
        ['a.example/witness', 9],
        ['b.example/witness', 5],
      ],
    )
  })
  test('of sixteen witnesses are accepted', () => {
    const many = Array.from({ length: 16 }, (_, i) => parseCosignerKey(generateCosignerKey(`w${i}.example`)))
    const note = checkpoint + many.map(one => one.cosign(text, secs)).join('')
    assert.equal(
      openCosigned(
        note,
        log.verifier,
        many.map(({ verifier }) => verifier),
      ).cosignatures.length,
      16,
    )
  })
  test('B5 10: of unknown keys, or of the same name under another key, are passed over', () => {
    const namesake = parseCosignerKey(generateCosignerKey(first.verifier.name))
    const note = checkpoint + namesake.cosign(text, secs) + second.cosign('other\n', secs)
    assert.deepEqual(openCosigned(note, log.verifier, [first.verifier]).cosignatures, [])
    const other = parseSignerKey(generateSignerKey(origin))
    assert.throws(() => openCosigned(note, other.verifier, keys), refusal('unknown_key'))
  })
  test('B5 11: a bad one of a known key beside good ones rejects the whole note', () => {
    const good = first.cosign(text, secs)
    for (const bad of [second.cosign('other\n', secs), retimed(second.cosign(text, secs), 1), retimed(good, 1)]) {
      assert.throws(() => openCosigned(checkpoint + good + bad, log.verifier, keys), refusal('bad_signature'))
    }
  })
  test('with the time zero, beyond all dates, or of another length are bad', () => {
    const line = first.cosign(text, secs)
    const [mark, name, encoded = ''] = line.trim().split(' ')
    const short = `${mark ?? ''} ${name ?? ''} ${Buffer.from(encoded, 'base64').subarray(0, -1).toString('base64')}\n`
    for (const bad of [first.cosign(text, 0), first.cosign(text, 8_640_000_000_001), short]) {
      assert.throws(() => openCosigned(checkpoint + bad, log.verifier, keys), refusal('bad_signature'))
    }
  })
  test('a key that signs notes is none that cosigns, and the other way round', () => {
    assert.throws(() => parseWitnessKey(log.verifier.encoded), refusal('bad_key'))
    assert.throws(() => parseCosignerKey(generateSignerKey(origin)), refusal('bad_key'))
    assert.throws(() => parseSignerKey(generateCosignerKey(origin)), refusal('bad_key'))
  })
})

/** The same signature beside another time. */
function retimed(line: string, later: number): string {
  const [mark = '', name = '', encoded = ''] = line.trim().split(' ')
  const bytes = Buffer.from(encoded, 'base64')
  bytes.writeBigUInt64BE(bytes.readBigUInt64BE(4) + BigInt(later), 4)
  return `${mark} ${name} ${bytes.toString('base64')}\n`
}

const logLine = `log ${log.verifier.encoded}\n`
const witnessLines = keys.map((key, i) => `witness w${i} ${key.encoded}\n`).join('')
const policy = (rules: string) => parsePolicy(Buffer.from(logLine + witnessLines + rules))

suite('a policy', () => {
  test('of nested groups counts who has signed', () => {
    const two = policy('group G 2 w0 w1\n# a remark\n\n\tgroup H any\tw2\ngroup all all G H\nquorum all\n')
    const cosigned = (...which: number[]) => new Set(which.map(i => keys[i]?.encoded ?? ''))
    assert.ok(two.isQuorum(cosigned(0, 1, 2)))
    for (const few of [[], [0, 1], [0, 2], [2]]) assert.ok(!two.isQuorum(cosigned(...few)))
    assert.match(two.fingerprint, /^sha256:[0-9a-f]{64}$/)
  })
  test('accepts a head that a quorum has signed, and says when the quorum was complete', () => {
    const two = policy('group G 2 w0 w1 w2\nquorum G\n')
    const one = checkpoint + first.cosign(text, secs)
    assert.throws(() => openByPolicy(one, two), refusal('no_quorum'))
    const three = one + second.cosign(text, secs - 60) + third.cosign(text, secs - 5)
    assert.equal(openByPolicy(three, two).witnessedAt?.getTime(), (secs - 5) * 1000)
    assert.equal(openByPolicy(checkpoint, policy('quorum none\n')).witnessedAt, undefined)
    const other = signCheckpoint({ size: 1, root }, parseSignerKey(generateSignerKey(origin)))
    assert.throws(() => openByPolicy(other, two), refusal('unknown_key'))
  })
  const bad: Record<string, string> = {
    'without a quorum': logLine,
    'with two quorums': 'quorum none\nquorum none\n',
    'with a quorum that is not defined': 'quorum G\n',
    'with a group that comes later': 'quorum G\ngroup G any w0\n',
    'with an unknown member': 'group G any w0 w9\nquorum G\n',
    'with a member twice': 'group G 1 w0 w0\nquorum G\n',
    'with a member in two groups': 'group G any w0\ngroup H any w0\nquorum H\n',
    'with a threshold of zero': 'group G 0 w0\nquorum G\n',
    'with a threshold above its members': 'group G 2 w0\nquorum G\n',
    'with a leading zero': 'group G 01 w0\nquorum G\n',
    'with an empty group': 'group G any\nquorum G\n',
    'with the name none': 'group none any w0\nquorum none\n',
    'with a doubled name': 'group w0 any w1\nquorum w0\n',
    'with a doubled log': `${logLine}quorum none\n`,
    'with a doubled witness': `witness x ${first.verifier.encoded}\nquorum none\n`,
    'whose log cosigns': `log ${first.verifier.encoded}\nquorum none\n`,
    'whose witness signs notes': `witness x ${log.verifier.encoded}\nquorum none\n`,
    'with another word': 'trust everybody\nquorum none\n',
    'with carriage returns': 'quorum none\r\n',
    'with a zero byte': 'quorum none\u0000\n',
    'without its last newline': 'quorum none',
    'that is empty': '',
  }
  for (const [what, rules] of Object.entries(bad)) {
    test(`${what} is refused`, () => {
      const bytes = Buffer.from(
        what === 'that is empty' || what === 'without a quorum' ? rules : logLine + witnessLines + rules,
      )
      assert.throws(() => parsePolicy(bytes), refusal('bad_policy'))
    })
  }
})

test('B5 14: no bytes make the readers of notes, policies and cosignatures fail in another way than by refusing', () => {
  const good = Buffer.from(checkpoint + first.cosign(text, secs))
  const rules = Buffer.from(`${logLine}${witnessLines}group G 2 w0 w1\nquorum G\n`)
  const edits = fc.array(fc.record({ at: fc.nat(), bytes: fc.uint8Array({ maxLength: 4 }), cut: fc.nat(4) }), {
    minLength: 1,
    maxLength: 4,
  })
  fc.assert(
    fc.property(edits, fc.uint8Array({ maxLength: 400 }), (list, noise) => {
      const edited = (whole: Buffer): Buffer =>
        list.reduce((now, { at, bytes, cut }) => {
          const from = at % (now.length + 1)
          return Buffer.concat([now.subarray(0, from), bytes, now.subarray(from + cut)])
        }, whole)
      for (const bytes of [edited(good), noise]) {
        refusedOr(() => openCosigned(noteText(bytes), log.verifier, keys).size === 42)
      }
      for (const bytes of [edited(rules), noise]) refusedOr(() => parsePolicy(bytes).fingerprint !== '')
    }),
    { numRuns: 500 },
  )
  assert.throws(() => noteText(Buffer.from([0xff, 0x0a])), refusal('bad_note'))
  assert.throws(() => noteText(Buffer.alloc(1_000_001, 65)), refusal('bad_note'))
  assert.throws(() => parsePolicy(Buffer.alloc(300_000, 10)), refusal('bad_policy'))
})

function refusedOr(check: () => boolean): void {
  try {
    assert.ok(check())
  } catch (error) {
    assert.ok(error instanceof Error && error.name === 'UpheldError', String(error))
  }
}
