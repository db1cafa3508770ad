import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { suite, test } from 'node:test'
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify'
import { canonicalJson, type JsonObject } from '../../src/core/json.ts'
import { generateSignerKey, inclusionProof, parseSignerKey, subtreesOf } from '../../src/core/transparency/index.ts'
import type { LogView } from '../../src/proof/evidence/index.ts'
import { sampleEntry, sampleWitness } from '../../src/proof/bundle/sample/source.ts'
import { memoryLog } from './memory-log.ts'

// Our checkpoints, leaves and proofs, judged by the public door of npm's Sigstore verifier, which knows nothing of us.
// It checks the note's signature, then the Merkle proof of the leaf, then that the leaf fits a signed document. One leaf
// of the log is such a fitting entry and passes all three; the others are runs, which pass the first two and stop there.

const signer = parseSignerKey(generateSignerKey('northwind-desk.example/upheld/evidence'))
const document = generateKeyPairSync('ed25519')
const spki = (raw: Buffer): Buffer => Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw])
const logKey = spki(Buffer.from(signer.verifier.encoded.split('+').slice(2).join('+'), 'base64').subarray(1))

const payload = Buffer.from('{"sentence":"none sees into the data of another"}')
const payloadType = 'application/vnd.in-toto+json'
const signature = sign(
  null,
  Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} ${payload.toString()}`),
  document.privateKey,
)
const fitting: JsonObject = {
  apiVersion: '0.0.1',
  kind: 'dsse',
  spec: {
    payloadHash: { algorithm: 'sha256', value: createHash('sha256').update(payload).digest('hex') },
    signatures: [{ signature: signature.toString('base64') }],
  },
}
const at = 300
const runs = Array.from({ length: 600 }, (_, i): JsonObject => ({ type: 'upheld/run@v1', sequence: i + 1 }))
const log = memoryLog(signer, runs.with(at, fitting))

const ed25519 = 7 // PKIX_ED25519 of Sigstore's key details
const sha256 = 1
// Its enumerations live in a package that only Sigstore itself depends on.
/* eslint-disable @typescript-eslint/no-unsafe-enum-assignment */
const trust = toTrustMaterial(
  {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [
      {
        baseUrl: log.origin,
        hashAlgorithm: sha256,
        publicKey: { rawBytes: logKey, keyDetails: ed25519 },
        logId: { keyId: Buffer.from(signer.verifier.id, 'hex') },
        checkpointKeyId: undefined,
        operator: '',
      },
    ],
    certificateAuthorities: [],
    ctlogs: [],
    timestampAuthorities: [],
  },
  { document: { rawBytes: document.publicKey.export({ format: 'der', type: 'spki' }), keyDetails: ed25519 } },
)
/* eslint-enable @typescript-eslint/no-unsafe-enum-assignment */

interface Shown {
  readonly index: number
  readonly leaf: Buffer
  readonly hashes: Buffer[]
  readonly checkpoint: string
}

function shown(view: LogView, index: number): Shown {
  const leaf = view.leaves[index]?.bytes
  assert.ok(leaf)
  return { index, leaf, hashes: inclusionProof(subtreesOf(view.tree), index, view.size), checkpoint: view.checkpoint }
}

/** What Sigstore says: `accepted`, or the code of its refusal. */
function judged({ index, leaf, hashes, checkpoint }: Shown): string {
  const logId = { keyId: Buffer.from(signer.verifier.id, 'hex') }
  const bundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    content: {
      $case: 'dsseEnvelope' as const,
      dsseEnvelope: { payload, payloadType, signatures: [{ sig: signature, keyid: '' }] },
    },
    verificationMaterial: {
      content: { $case: 'publicKey' as const, publicKey: { hint: 'document' } },
      timestampVerificationData: undefined,
      tlogEntries: [
        {
          logIndex: String(index),
          logId,
          kindVersion: { kind: 'dsse', version: '0.0.1' },
          integratedTime: '0',
          inclusionPromise: undefined,
          inclusionProof: {
            logIndex: String(index),
            rootHash: Buffer.of(),
            treeSize: '0',
            hashes,
            checkpoint: { envelope: checkpoint },
          },
          canonicalizedBody: leaf,
        },
      ],
    },
  }
  try {
    new Verifier(trust, { tlogThreshold: 1, ctlogThreshold: 0, timestampThreshold: 0 }).verify(toSignedEntity(bundle))
    return 'accepted'
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error && typeof error.code === 'string', String(error))
    return error.code
  }
}

suite("npm's Sigstore verifier", () => {
  const [inLog, notInLog] = ['TLOG_BODY_ERROR', 'TLOG_INCLUSION_PROOF_ERROR']

  test('accepts our checkpoint, our leaf and our proof', () => assert.equal(judged(shown(log, at)), 'accepted'))

  test('finds every leaf of a log of any size where we say it is', () => {
    for (const index of [0, 1, 255, 256, 511, 512, 599]) assert.equal(judged(shown(log, index)), inLog)
    for (const size of [1, 2, 3, 255, 256, 257, 513]) {
      const view = memoryLog(signer, runs.slice(0, size))
      assert.equal(judged(shown(view, size - 1)), inLog, `size ${size}`)
      assert.equal(judged(shown(view, 0)), inLog, `size ${size}`)
    }
  })

  test('finds the entries of an audit log, and the heads of an anchor log under cosignatures, where we say', () => {
    const entries = memoryLog(
      signer,
      Array.from({ length: 600 }, (_, i) => sampleEntry(i)),
    )
    for (const index of [0, 13, 255, 256, 599]) assert.equal(judged(shown(entries, index)), inLog)
    const text = entries.checkpoint.slice(0, entries.checkpoint.indexOf('\n\n') + 1)
    const cosigned = {
      ...shown(entries, 13),
      checkpoint: entries.checkpoint + sampleWitness.cosign(text, 1_795_000_000),
    }
    assert.equal(judged(cosigned), inLog)
    assert.equal(judged({ ...cosigned, leaf: Buffer.from(canonicalJson(sampleEntry(14))) }), notInLog)
    assert.equal(judged({ ...cosigned, index: 14 }), notInLog)
  })

  const whole = shown(log, at)
  const lies: Record<string, Partial<Shown>> = {
    'an edited leaf': { leaf: Buffer.from(whole.leaf.toString().replace('0.0.1', '0.0.2')) },
    'another index': { index: at + 1 },
    'an index beyond the log': { index: 600 },
    'an edited hash': { hashes: whole.hashes.map((hash, i) => (i === 4 ? Buffer.alloc(32) : hash)) },
    'a missing hash': { hashes: whole.hashes.slice(1) },
    'another size': { checkpoint: whole.checkpoint.replace('\n600\n', '\n601\n') },
    'the head of a shorter log': { checkpoint: memoryLog(signer, runs.slice(0, 400)).checkpoint },
    'a head of another key': {
      checkpoint: memoryLog(parseSignerKey(generateSignerKey(log.origin)), runs.with(at, fitting)).checkpoint,
    },
  }
  for (const [what, lie] of Object.entries(lies)) {
    test(`refuses ${what}`, () => assert.equal(judged({ ...whole, ...lie }), notInLog))
  }
})
