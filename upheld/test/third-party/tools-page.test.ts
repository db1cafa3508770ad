import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { generateSignerKey, parseSignerKey } from '../../src/core/transparency/index.ts'
import { logName, openLab, type Lab } from '../page-threats/lab.ts'

// The commands of /security/verify/tools and of the guide, typed as they stand there against a running page. Debian: curl,
// jq, openssl, python3, golang-go and golang-golang-x-mod-dev.

const programs = ['bash', 'curl', 'jq', 'openssl', 'sha256sum', 'python3', 'go']
const absent = programs.filter(name => spawnSync('which', [name]).status !== 0)
const skip = absent.length === 0 ? false : `not installed: ${absent.join(', ')}`

/** What a reader would copy: the text of each block, in order, by name. */
function commandsIn(html: string): Map<string, string> {
  return new Map(
    [...html.matchAll(/<pre data-step="(\w+)">(.*?)<\/pre>/gs)].map(([, name = '', text = '']) => [name, plain(text)]),
  )
}

function plain(html: string): string {
  const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' }
  return html.replaceAll(/&(\w+|#39);/g, (whole, name: string) => entities[name] ?? whole)
}

suite('the page of tools of others', { skip }, () => {
  let lab: Lab
  let folder: string
  let html: string
  before(async () => {
    lab = await openLab()
    for (let i = 0; i < 4; i += 1) await lab.round()
    lab.doors.setLocked(false)
    await lab.round()
    folder = mkdtempSync(join(tmpdir(), 'upheld-tools-'))
    html = await lab.text('/security/verify/tools')
  })
  after(async () => {
    rmSync(folder, { recursive: true, force: true })
    await lab.close()
  })

  /** Types a block into bash, after the settings that the page shows. The page answers out of this process meanwhile. */
  function typed(commands: string, change: (settings: string) => string = given => given) {
    const settings = plain(/<pre>(SITE=.*?)<\/pre>/s.exec(html)?.[1] ?? assert.fail('no settings'))
    const env = { ...process.env, GOCACHE: join(folder, 'cache'), GOFLAGS: '', GOPROXY: 'off', GOTOOLCHAIN: 'local' }
    const shell = spawn('bash', ['-euo', 'pipefail', '-c', `${change(settings)}\n${commands}`], { cwd: folder, env })
    let says = ''
    for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (part: Buffer) => (says += part.toString()))
    return new Promise<{ readonly code: number | null; readonly says: string }>((resolve, reject) => {
      shell.once('error', reject)
      shell.once('close', code => resolve({ code, says }))
    })
  }

  const expected: Readonly<Record<string, RegExp>> = {
    take: /^test\.example\/upheld\/evidence\n6\n/,
    signature: /Signature Verified Successfully/,
    entry: /^entry 0 is [0-9a-f]{64}\n$/,
    root: /^6 entries give the signed root\n$/,
    proof: /^entry 0 stands in test\.example\/upheld\/evidence\n$/,
    verdicts: /^doors\.locked refuted until 20/,
  }

  test('has the steps of the guide, word for word', () => {
    const guide = readFileSync(new URL('../../../docs/guide/check-the-log.md', import.meta.url), 'utf8')
    const part = guide.slice(guide.indexOf('<!-- tools -->'), guide.indexOf('<!-- /tools -->'))
    const told = new Map(
      [...part.matchAll(/^```sh (\w+)\n(.*?)\n```$/gms)].map(([, name = '', text = '']) => [name, text]),
    )
    assert.ok(told.delete('settings'))
    assert.deepEqual([...told], [...commandsIn(html)])
    assert.deepEqual([...told.keys()], Object.keys(expected))
  })

  for (const [name, prints] of Object.entries(expected)) {
    test(`${name}: holds, and prints what it says`, async () => {
      const { code, says } = await typed(commandsIn(html).get(name) ?? assert.fail(name))
      assert.equal(code, 0, says)
      assert.match(says, prints)
    })
  }

  test('another key, a head that was changed, an entry that was changed: each is refused by the step that is about it', async () => {
    const other = parseSignerKey(generateSignerKey(logName)).verifier.encoded
    const withOther = (given: string) => given.replace(/KEY='.*'/, `KEY='${other}'`)
    const steps = commandsIn(html)
    for (const name of ['take', 'signature', 'proof']) {
      assert.notEqual((await typed(steps.get(name) ?? '', withOther)).code, 0, name)
    }
    assert.equal((await typed(`${steps.get('take') ?? ''}\n${steps.get('signature') ?? ''}`)).code, 0)
    const changed = 'sed -i "2s/.*/5/" checkpoint'
    assert.notEqual((await typed(`${changed}\n${steps.get('signature') ?? ''}`)).code, 0)
    assert.match((await typed(steps.get('root') ?? '')).says, /was signed/)
    assert.notEqual(
      (await typed('printf x >> entry-0.json; go run check.go entry-0.tlog-proof entry-0.json "$KEY"')).code,
      0,
    )
    lab.setBetween(async (request, answer) => {
      const honest = await answer(request, { address: '127.0.0.1' })
      if (!request.url.includes('/tile/entries/')) return honest
      const bytes = new Uint8Array(await honest.arrayBuffer())
      bytes[40] = (bytes[40] ?? 0) ^ 1
      return new Response(bytes, { status: honest.status })
    })
    await typed(steps.get('take') ?? '')
    for (const name of ['entry', 'root']) assert.notEqual((await typed(steps.get(name) ?? '')).code, 0, name)
  })
})
