import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { JsonObject } from '../../src/core/json.ts'
import {
  consistencyProof,
  emptyTree,
  generateCosignerKey,
  generateSignerKey,
  growTree,
  leafHash,
  parseCosignerKey,
  parseSignerKey,
  subtreesOf,
  tilePath,
  tilesOf,
} from '../../src/core/transparency/index.ts'
import { serveLog, type LogView } from '../../src/proof/evidence/index.ts'
import { writeAuditBundle } from '../../src/proof/bundle/index.ts'
import { sampleSigner, sampleSource, sampleWitness } from '../../src/proof/bundle/sample/source.ts'
import { memoryLog } from './memory-log.ts'

// Our files, read by the packages that guard Go's module log. Debian: golang-go and golang-golang-x-mod-dev.

const env = {
  ...process.env,
  GO111MODULE: 'off',
  GOPATH: '/usr/share/gocode',
  GOFLAGS: '',
  GOPROXY: 'off',
  GOTOOLCHAIN: 'local',
}
const found =
  spawnSync('go', ['list', 'golang.org/x/mod/sumdb/note', 'golang.org/x/mod/sumdb/tlog'], { env }).status === 0
const skip = found
  ? false
  : 'Go or its package golang.org/x/mod is not installed (apt install golang-go golang-golang-x-mod-dev)'

const signer = parseSignerKey(generateSignerKey('northwind-desk.example/upheld/evidence'))
const leaves = Array.from({ length: 700 }, (_, i): JsonObject => ({
  type: 'upheld/run@v1',
  sequence: i + 1,
  note: '–'.repeat(i % 7),
}))

/** The log as files, as a web server would answer it. */
function write(folder: string, path: string, bytes: Buffer | string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), bytes)
}

function serve(folder: string, view: LogView, old: LogView): void {
  const tiles = tilesOf(view.size)
  const bundles = tiles.filter(({ level }) => level === 0).map(tile => ({ ...tile, level: 'entries' as const }))
  const proofs = [0, 1, 255, 256, 511, 512, view.size - 1].filter(index => index < view.size)
  const paths = [
    'checkpoint',
    ...[...tiles, ...bundles].map(tilePath),
    ...proofs.map(index => `proof/${index}.tlog-proof`),
  ]
  for (const path of paths) write(folder, path, serveLog(view, path)?.bytes ?? assert.fail(path))
  write(folder, 'checkpoint.old', old.checkpoint)
  const proof = consistencyProof(subtreesOf(view.tree), old.size, view.size)
  write(folder, 'consistency', proof.map(hash => `${hash.toString('base64')}\n`).join(''))
}

suite("Go's sumdb/note and sumdb/tlog", { skip }, () => {
  let work: string
  let program: string
  before(() => {
    work = mkdtempSync(join(tmpdir(), 'evidence-go-'))
    program = join(work, 'check')
    const source = join(import.meta.dirname, 'go', 'main.go')
    execFileSync('go', ['build', '-o', program, source], { env: { ...env, GOCACHE: join(work, 'cache') } })
  })
  after(() => rmSync(work, { recursive: true, force: true }))

  function judged(
    folder: string,
    key = signer.verifier.encoded,
    ...witnesses: readonly string[]
  ): { readonly status: number | null; readonly says: string } {
    const { status, stdout, stderr } = spawnSync(program, [folder, key, ...witnesses], { encoding: 'utf8' })
    return { status, says: stdout + stderr }
  }

  for (const [old, size] of [
    [1, 1],
    [1, 2],
    [2, 255],
    [200, 256],
    [256, 257],
    [300, 512],
    [257, 700],
  ] as const) {
    test(`read ${size} leaves, which ${old} leaves grew into`, () => {
      const folder = join(work, `${old}-${size}`)
      serve(folder, memoryLog(signer, leaves.slice(0, size)), memoryLog(signer, leaves.slice(0, old)))
      assert.deepEqual(judged(folder), { status: 0, says: `${size} leaves\n` })
    })
  }

  test('refuse each file of the log when one bit of it differs, another key, and a fork', () => {
    const folder = join(work, 'altered')
    const view = memoryLog(signer, leaves)
    const old = memoryLog(signer, leaves.slice(0, 300))
    serve(folder, view, old)
    const files = [
      'checkpoint',
      'checkpoint.old',
      'consistency',
      'proof/256.tlog-proof',
      'tile/0/001',
      'tile/0/002.p/188',
      'tile/1/000.p/2',
      'tile/entries/000',
      'tile/entries/002.p/188',
    ]
    for (const path of files) {
      const whole = readFileSync(join(folder, path))
      const altered = Buffer.from(whole)
      altered[40] = (altered[40] ?? 0) ^ 1
      write(folder, path, altered)
      assert.equal(judged(folder).status, 1, path)
      write(folder, path, whole)
    }
    assert.equal(judged(folder).status, 0)
    assert.equal(judged(folder, parseSignerKey(generateSignerKey(view.origin)).verifier.encoded).status, 1)
    write(folder, 'checkpoint.old', memoryLog(signer, leaves.slice(0, 300).reverse()).checkpoint)
    assert.equal(judged(folder).status, 1)
  })

  /** The archive unpacked with tar, as its README says, and the older head that Go compares with. */
  async function unpacked(size: number, old: number): Promise<string> {
    const folder = join(work, `audit-${size}`)
    mkdirSync(folder)
    const source = sampleSource(size)
    const proofs = [0, size - 1]
    const bytes = Buffer.concat(await Array.fromAsync(writeAuditBundle(source, { proofs })))
    write(folder, 'bundle.tar', bytes)
    execFileSync('tar', ['xf', 'bundle.tar'], { cwd: folder })
    execFileSync('mv', ['proofs', 'proof'], { cwd: folder })
    const hashes = (await source.leaves(0, size)).map(leafHash)
    write(folder, 'checkpoint.old', sampleSource(old).checkpoint)
    const proof = consistencyProof(subtreesOf(growTree(emptyTree, hashes)), old, size)
    write(folder, 'consistency', proof.map(hash => `${hash.toString('base64')}\n`).join(''))
    return folder
  }

  test('read the audit bundle of an organization that tar unpacked, entry by entry', async () => {
    const folder = await unpacked(700, 300)
    assert.deepEqual(judged(folder, sampleSigner.verifier.encoded), { status: 0, says: '700 leaves\n' })
    const lied = Buffer.from(readFileSync(join(folder, 'tile/entries/001')))
    lied[40] = (lied[40] ?? 0) ^ 1
    write(folder, 'tile/entries/001', lied)
    assert.equal(judged(folder, sampleSigner.verifier.encoded).status, 1)
  })

  test('read the anchor log with a cosignature, and refuse one that is another’s, retimed or missing', () => {
    const anchor = parseSignerKey(generateSignerKey('northwind-desk.example/upheld/anchor'))
    const folder = join(work, 'anchor')
    const heads = leaves.slice(0, 260).map((_, i): JsonObject => ({
      type: 'upheld/anchor@v1',
      heads: [{ log: 'x', size: i, root: 'y' }],
    }))
    const view = memoryLog(anchor, heads)
    serve(folder, view, memoryLog(anchor, heads.slice(0, 100)))
    const text = view.checkpoint.slice(0, view.checkpoint.indexOf('\n\n') + 1)
    const line = sampleWitness.cosign(text, 1_795_000_000)
    const witness = sampleWitness.verifier.encoded
    const judge = (note: string): number | null => {
      write(folder, 'checkpoint', note)
      return judged(folder, anchor.verifier.encoded, witness).status
    }
    assert.equal(judge(view.checkpoint + line), 0)
    assert.equal(judge(view.checkpoint), 1)
    assert.equal(judge(view.checkpoint + sampleWitness.cosign(`${text}x\n`, 1_795_000_000)), 1)
    const [mark = '', name = '', encoded = ''] = line.trim().split(' ')
    const retimed = Buffer.from(encoded, 'base64')
    retimed[11] = (retimed[11] ?? 0) ^ 1
    assert.equal(judge(`${view.checkpoint}${mark} ${name} ${retimed.toString('base64')}\n`), 1)
    assert.equal(
      judge(view.checkpoint + parseCosignerKey(generateCosignerKey(sampleWitness.verifier.name)).cosign(text, 5)),
      1,
    )
  })
})
