import { spawn } from 'node:child_process'
import { join } from 'node:path'

const main = join(import.meta.dirname, '..', '..', 'src', 'surfaces', 'cli', 'main.ts')

export interface Ended {
  /** Null when it was killed. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `upheld ...` as a process. `killAt` sees each line of its progress, and says when it is to be killed with -9. */
export function upheldCommand(
  args: readonly string[],
  killAt: (line: string) => boolean = () => false,
): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const out: string[] = []
  let err = ''
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (lines.some(killAt)) child.kill('SIGKILL')
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ code, stdout: out.join(''), stderr: err }))
  })
}
