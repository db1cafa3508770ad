import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { parsePolicy } from '../../src/core/transparency/index.ts'
import { writeAuditBundle } from '../../src/proof/bundle/index.ts'
import { samplePolicy, sampleSigner, sampleSource } from '../../src/proof/bundle/sample/source.ts'
import { noteOf, proofOf, signer, treeOf } from '../witness/log.ts'
import { forget, startWitness } from '../witness/running.ts'

const main = join(import.meta.dirname, '../../src/surfaces/cli/main.ts')
const guide = readFileSync(join(import.meta.dirname, '../../../docs/guide/check-the-log.md'), 'utf8')

/** The commands under a heading of this kind, as a reader types them. */
function commands(kind: string): string[] {
  return [...guide.matchAll(/```sh (\S+)\n([^]*?)```/g)]
    .filter(([, name]) => name === kind)
    .flatMap(([, , text = '']) => text.trim().split('\n'))
}

function run(command: string, cwd: string, env: Readonly<Record<string, string>>) {
  const line = command.replace('npx upheld', `'${process.execPath}' '${main}'`)
  return spawnSync('sh', ['-c', line], { cwd, env: { ...process.env, ...env }, encoding: 'utf8' })
}

suite('the commands of the guide', () => {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-guide-'))

  test('verify a bundle, hold it to a head that was kept, and to witnesses', async () => {
    const source = sampleSource(5)
    writeFileSync(join(folder, 'bundle.tar'), Buffer.concat(await Array.fromAsync(writeAuditBundle(source))))
    writeFileSync(join(folder, 'last-head'), sampleSource(3).checkpoint)
    const env = { KEY: sampleSigner.verifier.encoded, POLICY: parsePolicy(Buffer.from(samplePolicy)).fingerprint }
    const all = commands('verify')
    assert.equal(all.length, 3)
    for (const command of all) {
      // The witness of the sample signed on one day in November 2026.
      const { status, stdout, stderr } = run(command.replace('604800', '999999999'), folder, env)
      assert.equal(status, 0, `${command}: ${stderr}`)
      assert.match(stdout, /its 5 entries, and no others/)
    }
    const [entry] = await source.leaves(2, 3)
    writeFileSync(join(folder, 'entry.json'), entry ?? '')
    const digests = commands('by-hand').map(command => run(command, folder, {}).stdout.slice(0, 64))
    assert.match(digests[1] ?? '', /^[0-9a-f]{64}$/)
    assert.equal(digests[1], digests[2])
  })

  test('run a witness, and check a fork that it kept', async () => {
    const [command = ''] = commands('witness')
    for (const option of ['--listen', '--state', '--log', '--name']) assert.ok(command.includes(option), option)
    const one = await startWitness({
      log: signer.verifier,
      name: 'auditor.example/witness',
      state: join(folder, 'witness'),
    })
    const ask = async (oldSize: number, proof: readonly Buffer[], note: string): Promise<number> => {
      const body = [`old ${oldSize}`, ...proof.map(hash => hash.toString('base64')), '', note].join('\n')
      return (await fetch(`${one.url}/add-checkpoint`, { method: 'POST', body })).status
    }
    assert.equal(await ask(0, proofOf(treeOf(4), 0), noteOf(treeOf(4))), 200)
    assert.equal(await ask(4, [], noteOf(treeOf(4, 'other'))), 422)
    await one.end('SIGTERM')
    const [check = ''] = commands('fork')
    const { status, stdout } = run(check, join(folder, 'witness'), { ANCHOR_KEY: signer.verifier.encoded })
    assert.equal(status, 1)
    assert.match(stdout, /has signed two different trees of 4 leaves/)
    forget(one)
    rmSync(folder, { recursive: true, force: true })
  })
})
