import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { before, suite, test } from 'node:test'
import { z } from 'zod'
import { openCheckpoint, parseVerifierKey } from '../../src/core/transparency/index.ts'
import type { TrustReport } from '../../src/proof/claims/index.ts'
import { exhibitsOf, predicateType, signedStatement } from '../../src/proof/exports/index.ts'
import { attacked, faulty, reportOn, signer } from './lab.ts'
import { predicateValidator } from './validators.ts'

// The envelope is read here from the text of the DSSE protocol v1 and in-toto Attestation v1, and by nothing of ours.

const envelopeForm = z.strictObject({
  payload: z.base64(),
  payloadType: z.literal('application/vnd.in-toto+json'),
  signatures: z.tuple([z.strictObject({ keyid: z.string(), sig: z.base64() })]),
})
const statementForm = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z
    .array(z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }) }))
    .min(1),
  predicateType: z.url(),
  predicate: z.looseObject({
    record: z.looseObject({ holds: z.boolean() }),
    checkpoint: z.looseObject({ note: z.string() }).optional(),
    claims: z.array(z.looseObject({ id: z.string(), verdict: z.string(), run: z.unknown().optional() })),
  }),
})

/** The raw Ed25519 key out of a verifier key `name+id+base64`, C2SP signed-note, as a key of Node. */
const raw = Buffer.from(signer.verifier.encoded.split('+').slice(2).join('+'), 'base64').subarray(1)
const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' })

function signed(of: TrustReport): z.infer<typeof envelopeForm> {
  const text = signedStatement(exhibitsOf(of), signer)
  assert.match(text, /^[^\n]+\n$/)
  return envelopeForm.parse(JSON.parse(text))
}

/** PAE(type, body) = "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body, lengths in bytes as decimal ASCII. */
function isSigned(payloadType: string, body: Buffer, sig: string): boolean {
  const type = Buffer.from(payloadType, 'utf8')
  const head = Buffer.from(`DSSEv1 ${type.byteLength.toString(10)} `)
  const message = Buffer.concat([head, type, Buffer.from(` ${body.byteLength.toString(10)} `), body])
  return verify(null, message, key, Buffer.from(sig, 'base64'))
}

let report: TrustReport
before(async () => {
  report = reportOn(await attacked())
})

suite('a statement of in-toto, signed as DSSE', () => {
  test('verifies by the words of the protocol, over bytes that hold letters of more than one byte', () => {
    const { payload, payloadType, signatures } = signed(report)
    const body = Buffer.from(payload, 'base64')
    assert.ok(body.byteLength > body.toString().length)
    assert.ok(isSigned(payloadType, body, signatures[0].sig))
    assert.equal(signatures[0].keyid, signer.verifier.encoded.split('+').slice(0, 2).join('+'))
  })

  test('no changed byte of the payload, no other type and no cut signature is accepted', () => {
    const { payload, payloadType, signatures } = signed(report)
    const [{ sig }] = signatures
    const body = Buffer.from(payload, 'base64')
    for (let at = 0; at < body.length; at += 97) {
      const changed = Buffer.from(body)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      assert.ok(!isSigned(payloadType, changed, sig), String(at))
    }
    assert.ok(!isSigned('application/json', body, sig))
    assert.ok(!isSigned(payloadType, Buffer.concat([body, Buffer.from(' ')]), sig))
    assert.ok(!isSigned(payloadType, body, sig.slice(0, -4)))
  })

  test('its predicate fulfils our schema, in every state of the record', () => {
    const empty = reportOn([])
    for (const told of [report, empty, faulty(report)]) {
      const { predicate, predicateType: type } = opened(told)
      assert.equal(type, predicateType)
      assert.ok(predicateValidator(predicate), JSON.stringify(predicateValidator.errors))
    }
    const { predicate } = opened(report)
    assert.ok(!predicateValidator({ ...predicate, passed: true }))
    assert.deepEqual(
      [opened(empty).predicate.record.holds, opened(faulty(report)).predicate.record.holds],
      [false, false],
    )
    for (const told of [empty, faulty(report)])
      assert.ok(opened(told).predicate.claims.every(({ verdict, run }) => verdict !== 'upheld' && run === undefined))
  })

  test('its subjects are the head of the log and every claim, by digest', () => {
    const { subject, predicate } = opened(report)
    const note = predicate.checkpoint?.note ?? ''
    assert.equal(openCheckpoint(note, parseVerifierKey(signer.verifier.encoded)).size, report.log?.size)
    assert.deepEqual(
      subject.map(({ name, digest }) => [name, digest.sha256]),
      [
        ['checkpoint', createHash('sha256').update(note).digest('hex')],
        ...report.claims.map(({ claim, digest }) => [`claim:${claim.id}`, digest.slice('sha256:'.length)]),
      ],
    )
  })

  test('the same report is the same envelope', () => assert.deepEqual(signed(report), signed({ ...report })))

  test('a signature on a statement is none on a note of the log, and the other way round', () => {
    const { payload, signatures } = signed(report)
    const body = Buffer.from(payload, 'base64').toString()
    const [{ sig }] = signatures
    const pae = `DSSEv1 28 application/vnd.in-toto+json ${Buffer.byteLength(body)} ${body}`
    assert.ok(signer.verifier.verify(pae, Buffer.from(sig, 'base64')))
    // What a note is made of ends with a line feed, and this does not.
    assert.ok(!pae.endsWith('\n'))
    const forged = `${pae}\n\n— ${signer.verifier.name} ${Buffer.concat([Buffer.from(signer.verifier.id, 'hex'), Buffer.from(sig, 'base64')]).toString('base64')}\n`
    assert.throws(() => openCheckpoint(forged, parseVerifierKey(signer.verifier.encoded)))
  })
})

function opened(of: TrustReport): z.infer<typeof statementForm> {
  return statementForm.parse(JSON.parse(Buffer.from(signed(of).payload, 'base64').toString('utf8')))
}
