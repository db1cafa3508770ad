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
/** How often the file of the witnesses is looked at. */
const lookEveryMs = 1_000
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
function readWitnesses(stateFolder: string): Witnesses | undefined {
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

/** For the page. A file that cannot be understood names nobody: whoever asks the witnesses tells what is wrong with it. */
export function namesOfWitnesses(stateFolder: string): readonly string[] {
  try {
    return (readWitnesses(stateFolder)?.policy.witnesses ?? []).map(({ key }) => key.name)
  } catch {
    return []
  }
}

/**
 * Shows a log to the witnesses of this system until the signal aborts. The file is looked at all the time: whom it
 * names is asked from then on. Never rejects.
 * @param onRules told of the rules at the start, and when they change
 */
export async function witnessing(
  stateFolder: string,
  open: () => Promise<WitnessedLog>,
  onTrouble: (says: string) => void,
  signal: AbortSignal,
  onRules: (rules: string | undefined) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const rules = rulesIn(stateFolder, onTrouble)
  while (!signal.aborted) {
    const turn = new AbortController()
    const stop = (): void => turn.abort()
    signal.addEventListener('abort', stop)
    try {
      const found = rules.read()
      await onRules(found?.rules)
      await Promise.all([showing(found, open, onTrouble, turn.signal), rules.untilChanged(turn)])
    } catch (thrown) {
      onTrouble(`The witnesses are not asked: ${messageOf(thrown)}`)
      await pause(retryMs, signal)
    } finally {
      turn.abort()
      signal.removeEventListener('abort', stop)
    }
  }
}

interface Rules {
  /** A file that cannot be understood is told once, and what it said before holds on. */
  read(): Witnesses | undefined
  /** Ends the turn when the file says something else than it did. */
  untilChanged(turn: AbortController): Promise<void>
}

function rulesIn(stateFolder: string, onTrouble: (says: string) => void): Rules {
  let last: Witnesses | undefined
  let wrong: string | undefined
  const read = (): Witnesses | undefined => {
    try {
      last = readWitnesses(stateFolder)
      wrong = undefined
    } catch (thrown) {
      const says = messageOf(thrown)
      if (says !== wrong) onTrouble(says)
      wrong = says
    }
    return last
  }
  return Object.freeze({
    read,
    async untilChanged(turn: AbortController) {
      const before = last?.rules
      while (!turn.signal.aborted) {
        await pause(lookEveryMs, turn.signal)
        if (read()?.rules !== before) turn.abort()
      }
    },
  })
}

async function showing(
  found: Witnesses | undefined,
  open: () => Promise<WitnessedLog>,
  onTrouble: (says: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const witnesses = (found?.policy.witnesses ?? []).flatMap(({ key, url }) => (url === undefined ? [] : [{ key, url }]))
  if (witnesses.length === 0) return
  const log = await opened(open, signal)
  if (log !== undefined) await keepWitnessed({ log, witnesses, post, everyMs, onTrouble, signal })
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
  return { status: answer.status, body: await startOf(answer.body) }
}

/** What is longer is read no further: a witness fills nobody's memory. */
async function startOf(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body ?? []) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes >= answerBytesMax) break
  }
  return Buffer.concat(pieces).toString('utf8', 0, Math.min(bytes, answerBytesMax))
}
