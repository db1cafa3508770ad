import assert from 'node:assert/strict'
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { generateSignerKey, parseSignerKey, signCheckpoint } from '../../src/core/transparency/index.ts'
import { appendLeaf, openEvidenceLog, readLog, serveLog, type LogView } from '../../src/proof/evidence/index.ts'
import { appendOne, openLab, origin, type Lab } from './lab.ts'

// Who: somebody who owns the database, up to its superuser, and wants the record to say something else: a red run gone,
// an old green back, a leaf reworded. What it would cost: the page would go on publishing a promise that was broken.

const altered = { code: 'evidence.altered' }
const rolledBack = { code: 'evidence.rolled_back' }
const forked = { code: 'evidence.forked' }
const otherKey = { code: 'evidence.other_key' }

async function withLab(work: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await openLab()
  try {
    await work(lab)
  } finally {
    await lab.close()
  }
}

/** Copies of the three tables as they are, to be put back later: an honest backup, or a thief's. */
const backup = ['leaf', 'tile', 'head'].map(name => `create table saved_${name} as table upheld_proof.${name}`)
const restore = ['leaf', 'tile', 'head'].flatMap(name => [
  `delete from upheld_proof.${name}`,
  `insert into upheld_proof.${name} select * from saved_${name}`,
])

suite('a log of 300 leaves, altered by the superuser with every trigger off', () => {
  let lab: Lab
  let good: LogView
  before(async () => {
    lab = await openLab()
    await lab.fill(300)
    good = await readLog(lab.page, lab.log)
    await lab.tamper(...backup)
  })
  after(() => lab.close())

  const attacks: Record<string, readonly string[]> = {
    'a leaf edited': [`update upheld_proof.leaf set bytes = '{"i":7,"type":"test/leaf@v2"}' where index = 7`],
    'a leaf edited in its newest bundle': [`update upheld_proof.leaf set bytes = '{}' where index = 299`],
    'a leaf turned into something else than JSON': [`update upheld_proof.leaf set bytes = '\\xff00' where index = 7`],
    'a leaf dropped': ['delete from upheld_proof.leaf where index = 100'],
    'the newest leaf dropped': ['delete from upheld_proof.leaf where index = 299'],
    'a whole bundle of leaves dropped': ['delete from upheld_proof.leaf where index < 256'],
    'a leaf dropped and the later ones moved up': [
      'delete from upheld_proof.leaf where index = 100',
      'update upheld_proof.leaf set index = index + 9999 where index > 100',
      'update upheld_proof.leaf set index = index - 10000 where index > 9999',
    ],
    'two leaves swapped': [
      `update upheld_proof.leaf set bytes = swapped.bytes
       from (select 41 - index as index, bytes from upheld_proof.leaf where index in (20, 21)) as swapped
       where leaf.index = swapped.index`,
    ],
    'a leaf added beyond the signed head': [`insert into upheld_proof.leaf values (300, '{}')`],
    'a hash tile edited': [`update upheld_proof.tile set hashes = set_byte(hashes, 9, 1 - get_byte(hashes, 9) % 2)`],
    'a hash tile dropped': ['delete from upheld_proof.tile where level = 1'],
    'a hash tile added': [`insert into upheld_proof.tile values (2, 0, sha256('x'))`],
    'the size beside the head edited': ['update upheld_proof.head set size = 299'],
    'the head edited': [`update upheld_proof.head set checkpoint = replace(checkpoint, E'\\n300\\n', E'\\n301\\n')`],
  }
  for (const [what, statements] of Object.entries(attacks)) {
    test(`${what}: no view is given, with or without an earlier one`, async () => {
      await lab.tamper(...statements)
      await assert.rejects(() => readLog(lab.page, lab.log), altered)
      await assert.rejects(() => readLog(lab.page, lab.log, good), altered)
      await lab.tamper(...restore)
      assert.deepEqual(await readLog(lab.page, lab.log), good)
    })
  }

  test('a damaged head, size or edge is not built upon', async () => {
    const unsound = [
      'update upheld_proof.head set size = 299',
      `update upheld_proof.head set checkpoint = replace(checkpoint, E'\\n300\\n', E'\\n301\\n')`,
      `update upheld_proof.tile set hashes = set_byte(hashes, 9, 1 - get_byte(hashes, 9) % 2) where index = 1`,
      `insert into upheld_proof.leaf values (300, '{}')`,
    ]
    for (const statement of unsound) {
      await lab.tamper(statement)
      await assert.rejects(() => lab.append({ type: 'test/leaf@v1' }), altered, statement)
      await lab.tamper(...restore)
    }
  })
})

test('truncated: the tail is gone and an older head, truly signed, is back', () =>
  withLab(async lab => {
    await lab.fill(5)
    await lab.tamper(...backup)
    await lab.fill(3)
    await lab.tamper(...restore)
    await assert.rejects(() => readLog(lab.page, lab.log), rolledBack)
    await assert.rejects(() => lab.append({ type: 'test/leaf@v1' }), rolledBack)
    await assert.rejects(() => openEvidenceLog(lab.prover, lab.log), rolledBack)
  }))

test('back-dated: only the head is exchanged for an older one that was truly signed', () =>
  withLab(async lab => {
    await lab.fill(5)
    const { checkpoint } = await readLog(lab.page, lab.log)
    await lab.fill(3)
    const back = `update upheld_proof.head set size = 5, checkpoint = convert_from('\\x${Buffer.from(checkpoint).toString('hex')}', 'UTF8')`
    await lab.tamper(back)
    await assert.rejects(() => readLog(lab.page, lab.log), rolledBack)
    await assert.rejects(() => lab.append({ type: 'test/leaf@v1' }), rolledBack)
    rmSync(join(lab.folder, 'evidence', 'head'))
    await assert.rejects(() => readLog(lab.page, lab.log), altered, 'also by a host that has seen nothing')
  }))

test('emptied: the tables are there and nothing is in them', () =>
  withLab(async lab => {
    await lab.fill(2)
    await lab.tamper('delete from upheld_proof.leaf', 'delete from upheld_proof.tile', 'delete from upheld_proof.head')
    await assert.rejects(() => readLog(lab.page, lab.log), rolledBack)
    await assert.rejects(() => openEvidenceLog(lab.prover, lab.log), rolledBack)
    await assert.rejects(() => lab.append({ type: 'test/leaf@v1' }), rolledBack)
  }))

test('forked: another history of the same length or longer, signed with the true key', () =>
  withLab(async lab => {
    const other = await openLab()
    try {
      await lab.fill(300)
      copyFileSync(join(lab.folder, 'keys', 'evidence.key'), join(other.folder, 'keys', 'evidence.key'))
      await other.tamper('delete from upheld_proof.head')
      rmSync(join(other.folder, 'evidence', 'head'))
      const log = await openEvidenceLog(other.prover, { signer: lab.log.signer, anchor: other.files.anchor })
      for (const extra of [300, 100]) {
        for (let i = 0; i < extra; i += 1) await other.prover.transaction(tx => appendLeaf(tx, log, { type: 'x', i }))
        await assert.rejects(() => readLog(other.page, lab.log), forked, `${extra} leaves`)
        await assert.rejects(() => openEvidenceLog(other.prover, lab.log), forked)
        const append = other.prover.transaction(tx => appendLeaf(tx, lab.log, { type: 'test/leaf@v1' }))
        await assert.rejects(append, forked)
      }
    } finally {
      await other.close()
    }
  }))

test('forked and covered up: the tile that the anchor is compared with is a copy of the true one', () =>
  withLab(async lab => {
    await lab.fill(100)
    const { rows } = await lab.admin.query('select hashes from upheld_proof.tile')
    const truth = rows[0]?.['hashes']
    assert.ok(Buffer.isBuffer(truth))
    await lab.tamper('delete from upheld_proof.leaf', 'delete from upheld_proof.tile', 'delete from upheld_proof.head')
    let seen: string | undefined
    const anchor = { read: () => seen, write: (checkpoint: string) => void (seen = checkpoint) }
    const fork = await openEvidenceLog(lab.prover, { signer: lab.log.signer, anchor })
    for (let i = 0; i < 300; i += 1) await appendOne(lab.prover, fork, { type: 'x', i })
    const cover = `'\\x${truth.toString('hex')}'::bytea`
    await lab.tamper(
      `update upheld_proof.tile set hashes = overlay(hashes placing ${cover} from 1) where level = 0 and index = 0`,
    )
    await assert.rejects(() => lab.append({ type: 'test/leaf@v1' }), forked)
    await assert.rejects(() => readLog(lab.page, lab.log), forked)
  }))

test('replaced key: a new key does not continue the log of the old one', () =>
  withLab(async lab => {
    await lab.fill(3)
    const signer = parseSignerKey(generateSignerKey(origin))
    const mine = { ...lab.log, signer, verifier: signer.verifier }
    await assert.rejects(() => openEvidenceLog(lab.prover, mine), otherKey)
    rmSync(join(lab.folder, 'evidence', 'head'))
    await assert.rejects(() => openEvidenceLog(lab.prover, mine), otherKey)
    await assert.rejects(() => readLog(lab.page, mine), otherKey)
    await assert.rejects(() => lab.prover.transaction(tx => appendLeaf(tx, mine, { type: 'x' })), otherKey)
  }))

test('re-signed: the whole log signed anew with a key of the thief', () =>
  withLab(async lab => {
    await lab.fill(3)
    const view = await readLog(lab.page, lab.log)
    const note = Buffer.from(signCheckpoint(view, parseSignerKey(generateSignerKey(origin)))).toString('hex')
    await lab.tamper(`update upheld_proof.head set checkpoint = convert_from('\\x${note}', 'UTF8')`)
    await assert.rejects(() => readLog(lab.page, lab.log), otherKey)
  }))

suite('by the logins that a thief could steal', () => {
  let lab: Lab
  before(async () => {
    lab = await openLab()
    await lab.fill(3)
  })
  after(() => lab.close())

  const changes = [
    `update upheld_proof.leaf set bytes = '{}'`,
    'delete from upheld_proof.leaf',
    'truncate upheld_proof.leaf',
    'delete from upheld_proof.tile',
    'truncate upheld_proof.tile',
    'delete from upheld_proof.head',
    'update upheld_proof.tile set index = 5',
    'drop table upheld_proof.leaf',
    'alter table upheld_proof.leaf disable trigger all',
    'set session_replication_role = replica',
    'create table upheld_proof.mine (x int)',
  ]
  for (const change of changes) {
    test(`the prover may not ${change}`, () => assert.rejects(() => lab.prover.query(change), { code: '42501' }))
  }
  for (const change of [
    ...changes,
    `insert into upheld_proof.leaf values (3, '{}')`,
    'update upheld_proof.head set size = 1',
  ]) {
    test(`the page may not ${change}`, () => assert.rejects(() => lab.page.query(change), { code: '42501' }))
  }
  const shrinking = [
    'update upheld_proof.head set size = 2',
    'update upheld_proof.head set size = size',
    `update upheld_proof.tile set hashes = substr(hashes, 1, 32)`,
    `update upheld_proof.tile set hashes = sha256('x') || hashes`,
  ]
  for (const change of shrinking) {
    test(`the prover may not shrink: ${change}`, () =>
      assert.rejects(() => lab.prover.query(change), { code: '23001', message: /only grows/ }))
  }
  for (const change of changes.filter(one => /^(update upheld_proof.leaf|delete|truncate)/.test(one))) {
    test(`the superuser is told why not to ${change}`, () =>
      assert.rejects(() => lab.admin.query(change), { code: '23001', message: /append-only/ }))
  }
  test('after all that, the log is whole', async () => {
    const view = await readLog(lab.page, lab.log)
    assert.equal(view.size, 3)
    assert.equal(serveLog(view, 'checkpoint')?.bytes.toString(), view.checkpoint)
  })
})
