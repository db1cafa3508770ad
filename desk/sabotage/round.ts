import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

type Verdict = 'upheld' | 'refuted' | 'unproven'

export interface Round {
  readonly verdict: Verdict
  /** What came through, or why nothing can be said. */
  readonly saw: string
}

const cli = fileURLToPath(new URL('surfaces/cli/main.ts', import.meta.resolve('upheld')))
const app = fileURLToPath(new URL('../upheld.ts', import.meta.url))
const verdicts: readonly Verdict[] = ['upheld', 'refuted', 'unproven']

const finding = z.object({ attack: z.string(), where: z.string(), saw: z.string() })
const document = z.object({
  verdicts: z.array(z.object({ claim: z.string(), note: z.string(), findings: z.array(finding) })),
})

/**
 * One round of a claim against the running system, by the command that anybody can type. Its exit code is the verdict:
 * 0 upheld, 1 refuted, 2 unproven. Anything else is no verdict, and thrown with the command's last words.
 */
export async function round(stateFolder: string, claim: string, stop: AbortSignal): Promise<Round> {
  const words = ['check', '--app', app, '--state', stateFolder, '--claim', claim, '--json']
  const child = spawn(process.execPath, [cli, ...words], { stdio: ['ignore', 'pipe', 'pipe'], signal: stop })
  const [out, errors, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', ended => resolve(ended ?? -1))
    }),
  ])
  const verdict = verdicts[code]
  if (verdict === undefined)
    throw new Error(`upheld check ended with code ${code}: ${(errors || out).trim().slice(-500)}`)
  const row = document.parse(JSON.parse(out)).verdicts.find(one => one.claim === claim)
  const [first] = row?.findings ?? []
  return { verdict, saw: first === undefined ? (row?.note ?? '') : `${first.attack} at ${first.where}: ${first.saw}` }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}
