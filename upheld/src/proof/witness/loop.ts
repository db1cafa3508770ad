import { pause } from '../../core/clock.ts'
import type { UpheldError } from '../../core/errors.ts'
import { messageOf } from '../../core/errors.ts'
import { pushHead } from './push.ts'
import type { Post, WitnessAddress, WitnessedLog } from './push.ts'

export interface WitnessingOptions {
  readonly log: WitnessedLog
  readonly witnesses: readonly WitnessAddress[]
  readonly post: Post
  /** Rest between two rounds; a head that has not moved is shown again, so that its cosignature stays fresh. */
  readonly everyMs: number
  /** Told when a witness begins to fail, not each time that it goes on; and when the log itself cannot be read. */
  readonly onTrouble: (says: string) => void
  readonly signal: AbortSignal
}

/** Shows the log to its witnesses until the signal aborts. Nothing that they do or fail to do reaches the log. */
export async function keepWitnessed({
  log,
  witnesses,
  post,
  everyMs,
  onTrouble,
  signal,
}: WitnessingOptions): Promise<void> {
  const failing = new Map<string, string>()
  while (!signal.aborted) {
    const pushed = await pushHead(log, witnesses, post).catch((thrown: unknown) => {
      onTrouble(`The log could not be shown to its witnesses: ${messageOf(thrown)}`)
      return []
    })
    for (const { witness, result } of pushed) {
      if (!('code' in result)) failing.delete(witness.name)
      else if (failing.get(witness.name) !== result.code) {
        failing.set(witness.name, result.code)
        onTrouble(says(result))
      }
    }
    await pause(everyMs, signal)
  }
}

function says({ message, mend }: UpheldError): string {
  return mend === undefined ? message : `${message} ${mend}`
}
