import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { UpheldError } from '../../src/core/errors.ts'
import { generateSignerKey, openCosigned, parseSignerKey, type TiledTree } from '../../src/core/transparency/index.ts'
import { keepWitnessed, pushHead } from '../../src/proof/witness/index.ts'
import { until } from '../../src/testing/index.ts'
import { noteOf, origin, post, proofOf, signer, treeOf, witnessedLog } from './log.ts'
import { forget, startWitness, type RunningWitness, type WitnessSetup } from './running.ts'

const main = join(import.meta.dirname, '../../src/surfaces/cli/main.ts')
const running: RunningWitness[] = []
after(async () => {
  await Promise.all(running.map(one => one.end('SIGKILL')))
  running.forEach(forget)
})

async function witnessed(setup: Partial<WitnessSetup> = {}): Promise<RunningWitness> {
  const one = await startWitness({ log: signer.verifier, name: 'auditor.example/w', ...setup })
  running.push(one)
  return one
}

interface Sent {
  readonly oldSize: number
  readonly proof?: readonly Buffer[]
  readonly note: string
}

async function ask({ url }: RunningWitness, { oldSize, proof = [], note }: Sent) {
  const body = [`old ${oldSize}`, ...proof.map(hash => hash.toString('base64')), '', note].join('\n')
  const answer = await fetch(`${url}/add-checkpoint`, { method: 'POST', body })
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() }
}

const grown = (tree: TiledTree, oldSize: number): Sent => ({
  oldSize,
  proof: proofOf(tree, oldSize),
  note: noteOf(tree),
})

suite('a witness as C2SP tlog-witness has it', () => {
  test('cosigns a log as it grows, and shows monitors the last head', async () => {
    const one = await witnessed()
    const before = await fetch(`${one.url}/${createHash('sha256').update(origin).digest('hex')}/checkpoint`)
    assert.equal(before.status, 404)
    let oldSize = 0
    for (const size of [0, 1, 5, 5, 300]) {
      const { status, body } = await ask(one, grown(treeOf(size), oldSize))
      assert.equal(status, 200, body)
      const { cosignatures } = openCosigned(noteOf(treeOf(size)) + body, signer.verifier, [one.key])
      assert.ok(Math.abs(Date.now() - (cosignatures[0]?.at.getTime() ?? 0)) < 60_000)
      oldSize = size
    }
    const monitored = await fetch(`${one.url}/${createHash('sha256').update(origin).digest('hex')}/checkpoint`)
    assert.equal(openCosigned(await monitored.text(), signer.verifier, [one.key]).size, 300)
    assert.match(await (await fetch(one.url)).text(), /^witness auditor\.example\/w\+/)
    assert.equal(await one.end('SIGTERM'), 0)
  })

  test('answers 409, 422, 403, 404 and 400 as the specification says', async () => {
    const one = await witnessed()
    const [ten, twenty] = [treeOf(10), treeOf(20)]
    assert.equal((await ask(one, grown(ten, 0))).status, 200)
    const conflict = await ask(one, grown(twenty, 5))
    assert.deepEqual(conflict, { status: 409, type: 'text/x.tlog.size', body: '10\n' })
    assert.equal((await ask(one, { ...grown(twenty, 10), proof: proofOf(twenty, 10).slice(1) })).status, 422)
    assert.equal((await ask(one, { ...grown(treeOf(20, 'other'), 10) })).status, 422)
    const stranger = parseSignerKey(generateSignerKey(origin))
    assert.equal((await ask(one, { ...grown(twenty, 10), note: noteOf(twenty, stranger) })).status, 403)
    const altered = noteOf(twenty).replace(`\n20\n`, `\n21\n`)
    assert.equal((await ask(one, { ...grown(twenty, 10), note: altered })).status, 403)
    const unknown = parseSignerKey(generateSignerKey('other.example/log'))
    assert.equal((await ask(one, { ...grown(twenty, 10), note: noteOf(twenty, unknown) })).status, 404)
    assert.equal((await ask(one, { oldSize: 30, note: noteOf(twenty) })).status, 400)
    const malformed = [
      '',
      'old 1',
      'old 01\n\n',
      'old -1\n\n',
      `old 10\nAAAA\n\n${noteOf(twenty)}`,
      `old 10\r\n\r\n${noteOf(twenty)}`,
    ]
    const long = `old 10\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(64)}\n${noteOf(twenty)}`
    for (const body of [...malformed, long, new Uint8Array([0xff, 0xfe])]) {
      assert.equal((await fetch(`${one.url}/add-checkpoint`, { method: 'POST', body })).status, 400)
    }
    assert.equal((await fetch(`${one.url}/add-checkpoint`)).status, 405)
    assert.equal((await ask(one, grown(twenty, 10))).status, 200)
  })

  test('of an empty tree with another root, or with a proof from nothing, says 422', async () => {
    const one = await witnessed()
    assert.equal((await ask(one, { oldSize: 0, proof: [Buffer.alloc(32)], note: noteOf(treeOf(3)) })).status, 422)
    const empty = noteOf(treeOf(0))
    assert.equal((await ask(one, { oldSize: 0, note: empty })).status, 200)
  })

  test('killed between keeping a head and answering, goes on from that head', async () => {
    const killer = new URL('die-after-keeping.mjs', import.meta.url).href
    const one = await witnessed({ imports: [killer] })
    await assert.rejects(ask(one, grown(treeOf(10), 0)))
    await one.end('SIGKILL')
    const again = await witnessed({ state: one.state })
    assert.equal(again.key.encoded, one.key.encoded)
    assert.equal((await ask(again, grown(treeOf(12), 0))).body, '10\n')
    const fork = await ask(again, { oldSize: 10, note: noteOf(treeOf(10, 'other')) })
    assert.equal(fork.status, 422)
    assert.equal((await ask(again, grown(treeOf(12), 10))).status, 200)
  })

  test('does not share its folder with another one', async () => {
    const one = await witnessed()
    await assert.rejects(startWitness({ log: signer.verifier, state: one.state }), /files\.locked/)
  })
})

suite('a log that lies', () => {
  test('B5 4: a fork meets 422, and the pair of signed heads is proof that anybody can check', async () => {
    const one = await witnessed()
    assert.equal((await ask(one, grown(treeOf(10), 0))).status, 200)
    assert.equal((await ask(one, { oldSize: 10, note: noteOf(treeOf(10, 'other')) })).status, 422)
    assert.match(one.complaints(), /has signed two heads of 10 leaves/)
    const [name = ''] = readdirSync(join(one.state, 'witness', 'forks'))
    const path = join(one.state, 'witness', 'forks', name)
    const judged = spawnSync(process.execPath, [main, 'verify', path, '--key', signer.verifier.encoded, '--json'], {
      encoding: 'utf8',
    })
    assert.equal(judged.status, 1, judged.stderr)
    const said: unknown = JSON.parse(judged.stdout)
    assert.ok(typeof said === 'object' && said !== null && 'kind' in said && 'size' in said)
    assert.deepEqual([said.kind, said.size], ['fork', 10])
    const stranger = parseSignerKey(generateSignerKey(origin)).verifier.encoded
    const other = spawnSync(process.execPath, [main, 'verify', path, '--key', stranger], { encoding: 'utf8' })
    assert.match(other.stderr, /bundle\.not_pinned|another key/)
    assert.match(readFileSync(path, 'utf8'), /upheld\/fork@v1/)
  })

  test('B5 6: put back to an older copy, it is told that a witness has seen more', async () => {
    const one = await witnessed()
    const log = witnessedLog(treeOf(20))
    await pushHead(log, [one], post)
    log.tree = treeOf(10)
    const [pushed] = await pushHead(log, [one], post)
    assert.ok(pushed?.result instanceof UpheldError && pushed.result.code === 'witness.ahead')
  })
})

suite('a log and its witnesses', () => {
  test('two witnesses cosign one head, each from where it stood', async () => {
    const [one, two] = [await witnessed({ name: 'one.example' }), await witnessed({ name: 'two.example' })]
    const log = witnessedLog(treeOf(10))
    await pushHead(log, [one], post)
    log.tree = treeOf(300)
    log.kept.clear()
    const pushed = await pushHead(log, [one, two], post)
    assert.deepEqual(
      pushed.map(({ result }) => 'line' in result),
      [true, true],
    )
    const note = noteOf(log.tree) + pushed.map(({ result }) => ('line' in result ? result.line : '')).join('')
    assert.equal(openCosigned(note, signer.verifier, [one.key, two.key]).cosignatures.length, 2)
  })

  test('B5 25: a witness that is down stops nothing, is told once, and is used again when it is back', async () => {
    const [one, two] = [await witnessed({ name: 'one.example' }), await witnessed({ name: 'two.example' })]
    const log = witnessedLog(treeOf(10))
    await two.end('SIGKILL')
    const stop = new AbortController()
    const told: string[] = []
    const done = keepWitnessed({
      log,
      witnesses: [one, two],
      post,
      everyMs: 20,
      onTrouble: says => told.push(says),
      signal: stop.signal,
    })
    const sizeAt = (key: string): number => log.kept.get(key)?.size ?? 0
    await until(() => sizeAt(one.key.encoded) === 10, 'cosigned at 10')
    log.tree = treeOf(20)
    await until(() => sizeAt(one.key.encoded) === 20, 'cosigned at 20')
    assert.equal(sizeAt(two.key.encoded), 0)
    assert.deepEqual(
      told.map(says => says.includes('two.example')),
      [true],
    )
    await witnessed({ state: two.state, port: Number(new URL(two.url).port) })
    await until(() => sizeAt(two.key.encoded) === 20, 'cosigned at 20')
    stop.abort()
    await done
  })

  test('an answer that is no cosignature of this witness is not kept', async () => {
    const one = await witnessed()
    const log = witnessedLog(treeOf(10))
    const lies = ['', 'no line\n', '— other.example AAAAAAAA\n', (await ask(one, grown(treeOf(9), 0))).body]
    for (const body of lies) {
      const [pushed] = await pushHead(log, [one], async () => ({ status: 200, body }))
      assert.ok(pushed?.result instanceof UpheldError && pushed.result.code === 'witness.bad_answer', body)
    }
    assert.equal(log.kept.size, 0)
  })
})
