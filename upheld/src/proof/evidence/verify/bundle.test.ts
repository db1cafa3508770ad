import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { digestOf } from '../../../core/json.ts'
import type { JsonObject } from '../../../core/json.ts'
import {
  emptyTree,
  encodeEntries,
  encodeHashes,
  generateSignerKey,
  growTree,
  leafHash,
  parseSignerKey,
  parseTilePath,
  signCheckpoint,
  tileHashes,
  treeRoot,
} from '../../../core/transparency/index.ts'
import type { NoteSigner } from '../../../core/transparency/index.ts'
import { formatBundle, leafBytes, verifyBundle, verifyLog } from './index.ts'
import type { Get, RecordedClaim } from './index.ts'

const signer = parseSignerKey(generateSignerKey('northwind-desk.example/upheld/evidence'))
const now = new Date('2026-11-20T12:00:00.000Z')

const definition = {
  kind: 'proven',
  id: 'isolation.rows',
  sentence: 'Every query is bound to one organization – “none” sees another’s rows.',
  freshnessMins: 60,
  observationsMin: 10,
  timeoutSecs: 60,
  sabotages: [{ name: 'row security off', says: 'Row security was switched off.', code: 'sha256:00' }],
}
const digest = digestOf(definition)
const claimLeaf = {
  type: 'upheld/claim@v1',
  claim: 'isolation.rows',
  digest,
  definition,
  at: '2026-11-20T10:00:00.000Z',
}
const planned = { kind: 'planned', id: 'mfa.enforced', sentence: 'Administrators need a second factor.' }

function run(sequence: number, minute: number, more: JsonObject = {}): JsonObject {
  const at = Date.parse('2026-11-20T11:00:00.000Z') + minute * 60_000
  return {
    type: 'upheld/run@v1',
    claim: 'isolation.rows',
    claim_digest: digest,
    sequence,
    started_at: new Date(at).toISOString(),
    finished_at: new Date(at + 4_000).toISOString(),
    duration_ms: 4_000,
    expires_at: new Date(at + 60 * 60_000).toISOString(),
    verdict: 'upheld',
    reason: 'held',
    population: { tables: 9 },
    observations: 270,
    observations_min: 10,
    findings: [],
    findings_total: 0,
    sabotages: [{ name: 'row security off', outcome: 'caught' }],
    untouched_twin: 'held',
    note: '',
    ...more,
  }
}

const red = {
  verdict: 'refuted',
  reason: 'refuted',
  findings: [{ attack: 'read', where: 'desk.message', saw: '1 row' }],
  findings_total: 1,
}
const record: readonly JsonObject[] = [
  claimLeaf,
  { type: 'upheld/claim@v1', claim: planned.id, digest: digestOf(planned), definition: planned, at: claimLeaf.at },
  run(1, 10, red),
  run(2, 30),
]

function bundleOf(leaves: readonly JsonObject[], by: NoteSigner = signer): Buffer {
  const tree = growTree(
    emptyTree,
    leaves.map(leaf => leafHash(leafBytes(leaf) ?? Buffer.of())),
  )
  return formatBundle(by.verifier.encoded, signCheckpoint({ size: tree.size, root: treeRoot(tree) }, by), leaves)
}

function rows(leaves: readonly JsonObject[], at = now): RecordedClaim {
  const [first] = verifyBundle(bundleOf(leaves), { now: at }).claims
  assert.ok(first)
  return first
}

suite('a whole bundle', () => {
  test('says what the record says', () => {
    const { claims, pinned, size, origin, others } = verifyBundle(bundleOf(record), {
      now,
      key: signer.verifier.encoded,
    })
    const lastRun = {
      index: 3,
      sequence: 2,
      finishedAt: '2026-11-20T11:30:04.000Z',
      expiresAt: '2026-11-20T12:30:00.000Z',
    }
    assert.deepEqual(
      { pinned, size, origin, others },
      { pinned: true, size: 4, origin: signer.verifier.name, others: 0 },
    )
    assert.deepEqual(claims, [
      {
        claim: 'isolation.rows',
        digest,
        sentence: definition.sentence,
        standing: { verdict: 'upheld', reason: 'held', note: '' },
        runs: 2,
        reds: [2],
        lastRun,
        faults: [],
      },
      {
        claim: 'mfa.enforced',
        digest: digestOf(planned),
        sentence: planned.sentence,
        standing: { verdict: 'planned', reason: 'planned', note: '' },
        runs: 0,
        reds: [],
        faults: [],
      },
    ])
  })

  test('may hold leaves of others, whatever they are called', () => {
    const names = ['__proto__', 'constructor', 'other/note@v1', 7, null, {}]
    const strange = names.map((type): JsonObject => ({ type, claim: '__proto__', ['__proto__']: 1 }))
    const { claims, others } = verifyBundle(bundleOf([...record, ...strange]), { now })
    assert.deepEqual([claims.length, others], [2, 6])
  })

  test('of an empty log verifies and promises nothing', () => {
    assert.deepEqual(verifyBundle(bundleOf([]), { now }).claims, [])
  })

  test('of another key is refused when the reader has pinned one', () => {
    const other = parseSignerKey(generateSignerKey(signer.verifier.name))
    const bytes = bundleOf(record, other)
    assert.equal(verifyBundle(bytes, { now }).pinned, false)
    assert.throws(() => verifyBundle(bytes, { now, key: signer.verifier.encoded }), { code: 'verify.not_pinned' })
  })
})

suite('every single change of a bundle is refused', () => {
  const whole = bundleOf(record)
  function refused(bytes: Buffer, what: string): void {
    assert.throws(() => verifyBundle(bytes, { now }), { name: 'UpheldError', code: /^(verify|transparency)\./ }, what)
  }

  test('a bit flipped in any byte', () => {
    for (let at = 0; at < whole.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const altered = Buffer.from(whole)
        altered[at] = (altered[at] ?? 0) ^ (1 << bit)
        refused(altered, `bit ${bit} of byte ${at}`)
      }
    }
  })

  test('any byte set to white space, another digit, letter, quote, bracket or to no text at all', () => {
    for (let at = 0; at < whole.length; at += 1) {
      for (const byte of Buffer.from(' \n0A=+/a"\\]}\u0000\u00ff', 'latin1')) {
        if (whole[at] === byte) continue
        const altered = Buffer.from(whole)
        altered[at] = byte
        refused(altered, `byte ${at} set to ${byte}`)
      }
    }
  })

  test('a byte deleted, doubled or slipped in anywhere', () => {
    for (let at = 0; at <= whole.length; at += 1) {
      const [before, after] = [whole.subarray(0, at), whole.subarray(at)]
      if (at < whole.length) refused(Buffer.concat([before, after.subarray(1)]), `byte ${at} deleted`)
      if (at < whole.length) refused(Buffer.concat([before, after.subarray(0, 1), after]), `byte ${at} doubled`)
      for (const more of [' ', '\n', '0', '"', ',', '\ufeff', '\\u0020']) {
        refused(Buffer.concat([before, Buffer.from(more), after]), `${JSON.stringify(more)} before byte ${at}`)
      }
    }
  })

  test('a cut at any byte', () => {
    for (let at = 0; at < whole.length; at += 1) refused(whole.subarray(0, at), `cut at ${at}`)
  })

  test('a leaf edited, dropped, doubled or moved', () => {
    const { checkpoint } = verifyBundle(whole, { now })
    const forms: Record<string, readonly JsonObject[]> = {
      edited: record.with(2, run(1, 10)),
      dropped: record.toSpliced(2, 1),
      doubled: record.toSpliced(2, 0, run(1, 10, red)),
      moved: [...record].reverse(),
    }
    for (const [what, leaves] of Object.entries(forms)) {
      const bytes = formatBundle(signer.verifier.encoded, checkpoint, leaves)
      assert.throws(() => verifyBundle(bytes, { now }), { code: 'verify.altered' }, what)
    }
  })

  test('a member more, a doubled member, other JSON of the same meaning, very deep JSON, no JSON', () => {
    const text = whole.toString()
    const forms = [
      text.replace('{', '{"a":1,'),
      text.replace('{', '{"type":"upheld/bundle@v1",'),
      JSON.stringify(JSON.parse(text), null, 1),
      text.replace('"row security off"', '"row\\u0020security off"'),
      text.replace('"sequence":1', '"sequence":1.0'),
      '['.repeat(100_000),
      `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      'null',
      '',
    ]
    for (const form of forms) {
      assert.throws(() => verifyBundle(Buffer.from(form), { now }), { code: 'verify.bad_bundle' }, form.slice(0, 80))
    }
  })

  test('a second signature or an extension line on the checkpoint', () => {
    const { checkpoint } = verifyBundle(whole, { now })
    const other = parseSignerKey(generateSignerKey('example.com/witness'))
    const line = signCheckpoint({ size: 0, root: Buffer.alloc(32) }, other).split('\n\n')[1] ?? ''
    const bytes = formatBundle(signer.verifier.encoded, checkpoint + line, record)
    assert.throws(() => verifyBundle(bytes, { now }), { code: 'verify.altered' })
  })
})

suite('what the record cannot make upheld', () => {
  const at = (text: string): Date => new Date(text)
  const cases: readonly (readonly [what: string, leaves: readonly JsonObject[], reason: string, read?: Date])[] = [
    ['evidence that has expired since', record, 'expired', at('2026-11-20T12:30:00.000Z')],
    ['a run that lies in the future', record, 'clock', at('2026-11-20T11:20:00.000Z')],
    ['a run that was back-dated behind an earlier one', [claimLeaf, run(1, 50), run(2, 30)], 'clock'],
    ['a red after a green', [claimLeaf, run(1, 10), run(2, 30, red)], 'refuted'],
    [
      'an error after a green',
      [claimLeaf, run(1, 10), run(2, 30, { verdict: 'unproven', reason: 'errored' })],
      'errored',
    ],
    [
      'a claim that changed after its runs',
      [...record, { ...claimLeaf, definition: planned, digest: digestOf(planned) }],
      'planned',
    ],
    ['a claim whose limit changed', [...record, changed({ freshnessMins: 61 })], 'changed'],
    ['a claim that never ran', [claimLeaf], 'never_run'],
    [
      'a claim that was withdrawn',
      [...record, { type: 'upheld/withdrawal@v1', claim: 'isolation.rows', digest, at: claimLeaf.at }],
      'withdrawn',
    ],
    ['a run that was dropped before it was logged', [claimLeaf, run(1, 10), run(3, 30)], 'record_incomplete'],
    ['a run that was logged twice', [claimLeaf, run(1, 10), run(1, 10)], 'record_incomplete'],
    ['a run of a claim that was never announced', [run(1, 10)], 'record_incomplete'],
    [
      'a definition that is not what its digest says',
      [{ ...claimLeaf, definition: { ...definition, observationsMin: 1 } }, run(1, 10)],
      'record_incomplete',
    ],
    ['a run that is not well formed', [claimLeaf, run(1, 10, { finished_at: 'yesterday' })], 'record_incomplete'],
    ['too few observations', [claimLeaf, run(1, 10, { observations: 9 })], 'record_incomplete'],
    ['a lowered number of observations', [claimLeaf, run(1, 10, { observations_min: 1 })], 'record_incomplete'],
    ['an empty population', [claimLeaf, run(1, 10, { population: { tables: 0 } })], 'record_incomplete'],
    ['no population', [claimLeaf, run(1, 10, { population: {} })], 'record_incomplete'],
    [
      'a missed sabotage',
      [claimLeaf, run(1, 10, { sabotages: [{ name: 'row security off', outcome: 'missed' }] })],
      'record_incomplete',
    ],
    ['no sabotage', [claimLeaf, run(1, 10, { sabotages: [] })], 'record_incomplete'],
    [
      'another sabotage than promised',
      [claimLeaf, run(1, 10, { sabotages: [{ name: 'easy', outcome: 'caught' }] })],
      'record_incomplete',
    ],
    ['an untouched twin that did not hold', [claimLeaf, run(1, 10, { untouched_twin: 'failed' })], 'record_incomplete'],
    ['findings under a green word', [claimLeaf, run(1, 10, { findings_total: 1 })], 'record_incomplete'],
    [
      'a longer life than the claim allows',
      [claimLeaf, run(1, 10, { expires_at: '2026-11-21T11:00:00.000Z' })],
      'record_incomplete',
    ],
    ['a longer run than the claim allows', [claimLeaf, run(1, 10, { duration_ms: 60_001 })], 'record_incomplete'],
  ]
  for (const [what, leaves, reason, read] of cases) {
    test(what, () => {
      const { standing } = rows(leaves, read)
      assert.notEqual(standing.verdict, 'upheld')
      assert.equal(standing.reason, reason)
    })
  }

  test('a statement after its end; it is attested before', () => {
    const statement = { kind: 'attested', statedAt: '2026-01-01T00:00:00Z', expiresAt: '2026-12-01T00:00:00Z' }
    const leaf = { ...claimLeaf, definition: statement, digest: digestOf(statement) }
    assert.equal(rows([leaf]).standing.verdict, 'attested')
    assert.equal(rows([leaf], at('2026-12-01T00:00:00Z')).standing.reason, 'expired')
    assert.equal(rows([leaf], at('2025-12-01T00:00:00Z')).standing.reason, 'clock')
  })

  function changed(more: JsonObject): JsonObject {
    const next = { ...definition, ...more }
    return { ...claimLeaf, definition: next, digest: digestOf(next) }
  }
})

suite('a log that is served as tiles', () => {
  const leaves = [...record, ...Array.from({ length: 300 }, (_, i): JsonObject => ({ type: 'other/note@v1', i }))]
  const bytes = leaves.map(leaf => leafBytes(leaf) ?? Buffer.of())
  const tree = growTree(emptyTree, bytes.map(leafHash))
  const checkpoint = signCheckpoint({ size: tree.size, root: treeRoot(tree) }, signer)
  const get: Get = async path => {
    if (path === 'key') return Buffer.from(`${signer.verifier.encoded}\n`)
    if (path === 'checkpoint') return Buffer.from(checkpoint)
    const tile = parseTilePath(path)
    assert.ok(tile, path)
    if (tile.level !== 'entries') return encodeHashes(tileHashes(tree, tile))
    return encodeEntries(bytes.slice(tile.index * 256, tile.index * 256 + tile.width))
  }

  test('verifies as its bundle does', async () => {
    const served = await verifyLog(get, { now })
    assert.equal(served.others, 300)
    assert.deepEqual(served, verifyBundle(bundleOf(leaves), { now }))
  })

  for (const path of [
    'key',
    'checkpoint',
    'tile/entries/000',
    'tile/entries/001.p/48',
    'tile/0/000',
    'tile/0/001.p/48',
    'tile/1/000.p/1',
  ]) {
    test(`is refused when ${path} differs in one bit or is cut`, async () => {
      const file = await get(path, 0)
      for (const altered of [flipped(file, 3), flipped(file, file.length - 2), file.subarray(0, -1), Buffer.of()]) {
        const lie: Get = async (asked, max) => (asked === path ? altered : get(asked, max))
        await assert.rejects(() => verifyLog(lie, { now }), { name: 'UpheldError', code: /^(verify|transparency)\./ })
      }
    })
  }

  function flipped(file: Buffer, at: number): Buffer {
    const copy = Buffer.from(file)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
})
