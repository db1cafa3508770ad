import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pause } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import { parsePolicy } from '../../core/transparency/index.ts'
import type { Policy } from '../../core/transparency/index.ts'
import { keepWitnessed } from '../../proof/witness/index.ts'
import type { Post, WitnessedLog } from '../../proof/witness/index.ts'
import { refuse } from './errors.ts'

/** How often a head is shown: often enough to be fresh, seldom enough for a witness with many logs. */
const everyMs = 30_000
const retryMs = 5_000
const answerMsMax = 10_000
const answerBytesMax = 64 * 1024

interface Witnesses {
  readonly policy: Policy
  /** The file without the lines of logs: what goes into an audit bundle behind the line of its anchor log. */
  readonly rules: string
}

/**
 * The witnesses of a system: the file `witnesses.txt` in its state folder, C2SP tlog-policy, with an address for each.
 * Undefined when there is no such file.
 * @throws cli.bad_witnesses
 */
export function readWitnesses(stateFolder: string): Witnesses | undefined {
  const path = join(stateFolder, 'witnesses.txt')
  if (!existsSync(path)) return undefined
  try {
    const bytes = readFileSync(path)
    const lines = bytes.toString().split('\n').slice(0, -1)
    const rules = lines.filter(line => !/^[ \t]*log[ \t]/.test(line)).map(line => `${line}\n`)
    return { policy: parsePolicy(bytes), rules: rules.join('') }
  } catch (cause) {
    throw refuse.bad_witnesses({ detail: `${path}: ${messageOf(cause)}`, cause })
  }
}

/** Shows a log to the witnesses of this system until the signal aborts; does nothing when there are none. Never rejects. */
export async function witnessing(
  stateFolder: string,
  open: () => Promise<WitnessedLog>,
  onTrouble: (says: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    const found = readWitnesses(stateFolder)
    const witnesses = (found?.policy.witnesses ?? []).flatMap(({ key, url }) =>
      url === undefined ? [] : [{ key, url }],
    )
    if (witnesses.length === 0) return
    const log = await opened(open, signal)
    if (log !== undefined) await keepWitnessed({ log, witnesses, post, everyMs, onTrouble, signal })
  } catch (thrown) {
    onTrouble(`The witnesses are not asked: ${messageOf(thrown)}`)
  }
}

/** A log that is not there yet is asked for again. */
async function opened(open: () => Promise<WitnessedLog>, signal: AbortSignal): Promise<WitnessedLog | undefined> {
  while (!signal.aborted) {
    const log = await open().catch(() => undefined)
    if (log !== undefined) return log
    await pause(retryMs, signal)
  }
  return undefined
}

const post: Post = async (url, body) => {
  const answer = await fetch(url, { method: 'POST', body, redirect: 'error', signal: AbortSignal.timeout(answerMsMax) })
  const text = await answer.text()
  return { status: answer.status, body: text.slice(0, answerBytesMax) }
}
