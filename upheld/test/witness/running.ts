import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { parseWitnessKey, type NoteVerifier } from '../../src/core/transparency/index.ts'
import type { WitnessAddress } from '../../src/proof/witness/index.ts'

const main = join(import.meta.dirname, '../../src/surfaces/cli/main.ts')
const said = z.object({ origin: z.url(), key: z.string(), logs: z.array(z.string()) })

export interface RunningWitness extends WitnessAddress {
  readonly state: string
  readonly child: ChildProcess
  /** What it has said on standard error so far. */
  readonly complaints: () => string
  /** Ends the process with a signal and waits for it. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

export interface WitnessSetup {
  readonly log: NoteVerifier
  readonly name?: string
  readonly state?: string
  readonly port?: number
  /** Modules that Node loads first: faults from outside. */
  readonly imports?: readonly string[]
}

/** `upheld witness` as anybody runs it: a process of its own. */
export async function startWitness(setup: WitnessSetup): Promise<RunningWitness> {
  const state = setup.state ?? mkdtempSync(join(tmpdir(), 'upheld-witness-'))
  const port = setup.port ?? (await freePort())
  const options = ['--json', '--state', state, '--listen', `127.0.0.1:${port}`, '--log', setup.log.encoded]
  const named = setup.name === undefined ? [] : ['--name', setup.name]
  const imports = (setup.imports ?? []).flatMap(module => ['--import', module])
  const child = spawn(process.execPath, [...imports, main, 'witness', ...options, ...named], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, complaints] = ['', '']
  child.stderr.on('data', (text: Buffer) => (complaints += text.toString()))
  const document = await new Promise<z.infer<typeof said>>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`The witness ended with ${code ?? 'a signal'}: ${out}${complaints}`)))
    child.stdout.on('data', (text: Buffer) => {
      out += text.toString()
      const document = out.trimEnd().endsWith('\n}') ? said.safeParse(JSON.parse(out)) : undefined
      if (document?.success === true) resolve(document.data)
    })
  })
  return {
    key: parseWitnessKey(document.key),
    url: document.origin,
    state,
    child,
    complaints: () => complaints,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
      return child.exitCode
    },
  }
}

export function forget({ state }: Pick<RunningWitness, 'state'>): void {
  rmSync(state, { recursive: true, force: true })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
