/** `npm run matrix`: one signed round of the demo, as anybody starts it, and its kill matrix in docs/reference. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { verifyBundle } from '../upheld/src/proof/evidence/verify/index.ts'
import { feedSchema } from '../upheld/src/surfaces/trust/index.ts'
import { runningDatabase } from '../upheld/src/testing/index.ts'
import { machine } from './harness.ts'
import { matrixDocument } from './matrix-document.ts'

const root = new URL('../', import.meta.url)
const document = new URL('docs/reference/kill-matrix.md', root)

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-matrix-'))
  const state = join(folder, 'state')
  const demo = start(state)
  try {
    const page = await answering(demo)
    const feed = feedSchema.parse(await (await fetch(`${page}/feed.json`)).json())
    const bundle = await (await fetch(`${page}/evidence/bundle`)).arrayBuffer()
    const now = new Date()
    const { size, root: hash } = verifyBundle(new Uint8Array(bundle), { now })
    const made = { day: now.toISOString().slice(0, 10), machine: machine(), postgres: await release(state) }
    const text = matrixDocument(feed, { ...made, checkpoint: { size, root: hash } })
    if (text.includes('MISSED')) throw new Error('The matrix has a hole. The page says which.')
    writeFileSync(document, text)
    process.stdout.write(text)
  } finally {
    await stop(demo)
    rmSync(folder, { recursive: true, force: true })
  }
}

function start(state: string): ChildProcess {
  const words = ['upheld/src/surfaces/cli/main.ts', 'up', '--app', 'desk/upheld.ts', '--state', state]
  return spawn(process.execPath, words, { cwd: fileURLToPath(root), stdio: ['ignore', 'pipe', 'inherit'] })
}

/** The address of the trust page, once the first round is over. */
function answering(demo: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    demo.once('exit', code => reject(new Error(`The demo ended with ${code}.`)))
    demo.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const [, page] = /Security page\s+(http\S+\/security)\n/.exec(said) ?? []
      if (page !== undefined && said.includes('Ctrl-C stops everything')) resolve(page)
    })
  })
}

async function release(state: string): Promise<string> {
  const database = runningDatabase(state)
  if (database === undefined) return 'unknown'
  const { rows } = await database.query('show server_version')
  await database.close()
  return String(rows[0]?.['server_version'])
}

function stop(demo: ChildProcess): Promise<void> {
  if (demo.exitCode !== null) return Promise.resolve()
  const ended = new Promise<void>(resolve => void demo.once('exit', () => resolve()))
  demo.kill('SIGINT')
  return ended
}

await main()
