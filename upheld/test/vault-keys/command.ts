import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Ran {
  readonly exitCode: number | null
  readonly out: string
  readonly err: string
}

const main = fileURLToPath(new URL('../../src/surfaces/cli/main.ts', import.meta.url))

/** `upheld vault …` over a state folder. `ending`: the signal that it gets when it has said this. */
export function vaultCommand(
  { folder, adminUrl }: { readonly folder: string; readonly adminUrl: string },
  words: readonly string[],
  ending?: { readonly at: string; readonly by: 'SIGINT' | 'SIGKILL' },
): Promise<Ran> {
  const place = ['--state', folder, ...(words[0] === 'status' ? [] : ['--database', adminUrl])]
  const child = spawn(process.execPath, [main, 'vault', ...words, ...place], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  let left = ending
  child.stdout.on('data', (part: Buffer) => (said.out += part.toString()))
  child.stderr.on('data', (part: Buffer) => {
    said.err += part.toString()
    if (left === undefined || !said.err.includes(left.at)) return
    child.kill(left.by)
    left = undefined
  })
  return new Promise(resolve => child.on('close', exitCode => resolve({ exitCode, ...said })))
}

/** Epochs and states of the keys of one domain, from what `vault status --json` said. */
export function statesIn(json: string, domain: string): string[] {
  const document: unknown = JSON.parse(json)
  if (typeof document !== 'object' || document === null || !('keys' in document) || !Array.isArray(document.keys))
    throw new Error(json)
  return document.keys.flatMap((key: { domain: string; epoch: number; state: string }) =>
    key.domain === domain ? [`${key.epoch} ${key.state}`] : [],
  )
}
