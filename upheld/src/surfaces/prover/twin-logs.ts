import { openLog, openOutput } from '../../adapters/log/index.ts'
import { systemClock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import { printing } from './printed.ts'

/** The logs of one twin, as a running system has them: of its web process, and what that prints by itself. */
export interface TwinLogs {
  readonly folder: string
  readonly log: Log
  /** Runs what belongs to the twin's site: what it prints is kept with the logs. */
  within<T>(work: () => T): T
}

export function twinLogs(folder: string, defer: (undo: () => Promise<void>) => void): TwinLogs {
  const log = openLog({ folder, process: 'web', clock: systemClock })
  const output = openOutput(folder, 'web')
  const printed = printing(bytes => output.append(bytes))
  defer(async () => {
    printed.close()
    output.close()
    log.close()
  })
  return Object.freeze({ folder, log, within: <T>(work: () => T): T => printed.run(work) })
}
