import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, beforeEach, suite, test } from 'node:test'
import { canonicalJson, type JsonObject } from '../../src/core/json.ts'
import {
  emptyTree,
  generateSignerKey,
  growTree,
  leafHash,
  parseSignerKey,
  signCheckpoint,
  treeRoot,
  type NoteSigner,
} from '../../src/core/transparency/index.ts'
import { readLog, serveLog, type LogView } from '../../src/proof/evidence/index.ts'
import { keepWitnessed, evidenceLog } from '../../src/proof/witness/index.ts'
import { verifyFork } from '../../src/verify.ts'
import { forget, startWitness } from '../witness/running.ts'
import { post } from '../witness/log.ts'
import { logName, openLab, type Lab } from './lab.ts'
import { browserFound, skip, visitor, type Visitor } from './visitor.ts'

// Who: whoever serves the log, with its true key or without it. What a visitor sees who looked before, in a real browser,
// and what they are told to do: each state has words of its own.

/** The same claim and run leaves, with changes, as a log that somebody else could sign. */
function logOf(signer: NoteSigner, values: readonly JsonObject[]): LogView {
  const leaves = values.map(value => ({ value, bytes: Buffer.from(canonicalJson(value)) }))
  const tree = growTree(
    emptyTree,
    leaves.map(({ bytes }) => leafHash(bytes)),
  )
  const root = treeRoot(tree)
  const checkpoint = signCheckpoint({ size: tree.size, root }, signer)
  const { name, encoded } = signer.verifier
  return { origin: name, key: encoded, checkpoint, size: tree.size, root, signedAt: new Date(), tree, leaves }
}

suite('what a visitor sees who looked before', { skip }, () => {
  let lab: Lab
  let reader: Visitor
  beforeEach(async () => {
    lab = await openLab()
    reader = await visitor(lab)
    for (let i = 0; i < 3; i += 1) await lab.round()
    const first = await reader.check()
    assert.equal(first.state, 'held', first.steps)
    assert.match(await first.page.locator('#seen').innerText(), /test\.example\/upheld\/evidence\s+4 entries on/)
  })
  afterEach(async () => {
    await reader.close()
    await lab.close()
  })
  after(() => browserFound().close())

  /** From now on the files of the log come from this one, whatever it is; the page stays as it is. */
  function serve(view: LogView, but: (path: string) => Response | undefined = () => undefined): void {
    lab.setBetween((request, answer) => {
      const { pathname } = new URL(request.url)
      const path = pathname.replace('/security/evidence/', '')
      if (path === pathname) return answer(request, { address: '127.0.0.1' })
      const file = serveLog(view, path)
      return (
        but(path) ?? (file === undefined ? new Response('', { status: 404 }) : new Response(new Uint8Array(file.bytes)))
      )
    })
  }
  const honest = (): Promise<LogView> => readLog(lab.prover, lab.log)
  const values = async (): Promise<JsonObject[]> => (await honest()).leaves.map(({ value }) => value)

  async function assertFound(finding: string, title: RegExp, act: RegExp, step: RegExp): Promise<void> {
    const seen = await reader.check()
    assert.equal(seen.state, 'broken', seen.steps)
    assert.equal(seen.finding, finding, seen.steps)
    assert.match(seen.advice, title)
    assert.match(seen.advice, act)
    assert.match(seen.steps, step)
    assert.match(await seen.page.locator('#status').innerText(), /does not hold\. Believe nothing/)
    assert.deepEqual(reader.complaints, [])
    // What was seen is kept: a lie does not take the place of the truth.
    lab.setBetween((request, answer) => answer(request, { address: '127.0.0.1' }))
    assert.equal((await reader.check()).state, 'held')
  }

  test('rollback: fewer entries, truly signed, than this browser has seen', async () => {
    serve(logOf(lab.signer, (await values()).slice(0, 3)))
    await assertFound(
      'rollback',
      /The log went back/,
      /Ask the operator whether a backup was restored/,
      /entries were taken away/,
    )
  })

  test('replay: a head comes again that this browser saw before a newer one', async () => {
    const old = await honest()
    await lab.round()
    assert.equal((await reader.check()).state, 'held')
    serve(old)
    await assertFound(
      'replay',
      /An old answer came again/,
      /from another network/,
      /saw once before; since then it has seen 5 entries/,
    )
  })

  test('fork: the log has grown over a past that was rewritten', async () => {
    const all = await values()
    const [claim, ...runs] = all
    assert.ok(claim !== undefined && runs[0] !== undefined)
    serve(logOf(lab.signer, [claim, { ...runs[0], note: 'rewritten' }, ...runs.slice(1), ...runs.slice(2)]))
    await assertFound('fork', /The past was rewritten/, /Believe neither history/, /past was rewritten/)
  })

  test('truncation: a head is signed for more entries than are handed out', async () => {
    const view = await honest()
    const cut = serveLog(logOf(lab.signer, (await values()).slice(0, 2)), 'tile/entries/000.p/2')
    serve(view, path => (path.startsWith('tile/entries/') ? new Response(new Uint8Array(cut?.bytes ?? [])) : undefined))
    await assertFound('truncation', /Entries are missing/, /Download it again/, /signed for 4 entries/)
    serve(view, path => (path.startsWith('tile/entries/') ? new Response('', { status: 404 }) : undefined))
    await assertFound('truncation', /Entries are missing/, /kept from you/, /is not there/)
  })

  test('key change: the same log under a key that nobody handed over to', async () => {
    serve(logOf(parseSignerKey(generateSignerKey(logName)), await values()))
    await assertFound('key-change', /The key is another/, /Compare the key on another way/, /signed with another key/)
    // Whoever has asked, and was told, may begin anew.
    serve(logOf(parseSignerKey(generateSignerKey(logName)), await values()))
    const { page } = await reader.check()
    await page.locator('#forget').click()
    assert.equal(await page.locator('#seen dt').count(), 0)
    assert.match((await reader.check()).steps, /has not seen this log before/)
  })

  test('stolen key: another history of the same size under the true key, and the visitor holds the proof', async () => {
    const all = await values()
    serve(logOf(lab.signer, all.with(3, { ...all[3], note: 'by the thief' })))
    const seen = await reader.check()
    assert.equal(seen.finding, 'stolen-key', seen.steps)
    assert.match(seen.advice, /One key signs two histories/)
    const [saved] = await Promise.all([
      seen.page.waitForEvent('download'),
      seen.page.getByText('Save both signed heads').click(),
    ])
    assert.equal(saved.suggestedFilename(), 'two-heads.json')
    const pair = readFileSync(await saved.path())
    assert.equal(verifyFork(pair, lab.signer.verifier.encoded).size, 4)
    await assertFound(
      'stolen-key',
      /One key signs two histories/,
      /Send it to the operator and to the witnesses/,
      /under another root/,
    )
  })

  test('stolen key: a witness refuses the second history, and the page says so to whoever never looked before', async () => {
    const witness = await startWitness({ log: lab.signer.verifier, name: 'auditor.example/witness' })
    try {
      await witnessed(witness)
      const page = await reader.open('/security/evidence')
      assert.match(await page.locator('main').innerText(), /1 witness run by others signed exactly this head/)
      // Whoever has the true key, the database and this host’s memory writes the newest run anew.
      const forged = logOf(lab.signer, (await values()).with(3, { ...(await values())[3], note: 'by the thief' }))
      const [bytes, tile] = [forged.leaves[3]?.bytes, serveLog(forged, 'tile/0/000.p/4')?.bytes]
      assert.ok(bytes !== undefined && tile !== undefined)
      const hex = (given: Buffer): string => `'\\x${given.toString('hex')}'`
      await lab.tamper(
        `update upheld_proof.leaf set bytes = ${hex(bytes)} where index = 3`,
        `update upheld_proof.tile set hashes = ${hex(tile)}`,
        `update upheld_proof.head set checkpoint = convert_from(${hex(Buffer.from(forged.checkpoint))}, 'UTF8')`,
      )
      rmSync(join(lab.stateFolder, 'evidence', 'head'))
      await witnessed(witness)
      const stranger = await visitor(lab)
      const shown = await stranger.open('/security/evidence')
      const said = await shown.locator('[data-refused]').innerText()
      assert.match(said, /auditor\.example\/witness refused .*4 entries/s)
      assert.match(said, /two histories|does not continue/)
      assert.match(await (await stranger.open('/security')).locator('.notice.bad').innerText(), /witness refused/)
      await stranger.close()
      assert.equal((await reader.check()).finding, 'stolen-key')
    } finally {
      await witness.end('SIGTERM')
      forget(witness)
    }
  })

  /** One round of showing the newest head to a witness, as the prover does. */
  async function witnessed(witness: Awaited<ReturnType<typeof startWitness>>): Promise<void> {
    const stop = new AbortController()
    const log = evidenceLog(lab.prover, lab.signer.verifier, honest)
    const told = {
      ...log,
      refused: async (...given: Parameters<typeof log.refused>) => (await log.refused(...given), stop.abort()),
    }
    const kept = {
      ...told,
      keep: async (...given: Parameters<typeof log.keep>) => (await log.keep(...given), stop.abort()),
    }
    await keepWitnessed({
      log: kept,
      witnesses: [witness],
      post,
      everyMs: 20,
      onTrouble: () => undefined,
      signal: stop.signal,
    })
  }
})
