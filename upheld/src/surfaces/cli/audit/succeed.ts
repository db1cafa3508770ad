import { openRecorder, openSuccessors } from '../../../foundation/audit/index.ts'
import { exit, type Invocation } from '../command.ts'
import { refuse } from '../errors.ts'
import { hostOf, withKeeping } from './keeping.ts'

/** After the database was turned back and no newer copy is left: every log ends, and goes on in another one that says so. */
export async function auditSucceed({ settings, terminal }: Invocation): Promise<number> {
  const { reason } = settings
  if (reason === undefined) throw refuse.bad_option({ detail: '--reason: what happened, for everybody to read' })
  return withKeeping(settings, 'audit succeed', async keeping => {
    const { db, files, operator } = keeping
    const options = { db, host: hostOf(keeping), seeds: files.seeds(), anchor: files.anchor }
    const origin = await openSuccessors({ ...options, reason, operator })
    const recorder = await openRecorder(options)
    let entries = 0
    for (let done = await recorder.step(); done > 0; done = await recorder.step()) entries += done
    terminal.say(
      `Every audit log ended where it was, and goes on in a new one. The anchor log is ${terminal.strong(origin)}`,
    )
    terminal.say('What was found, what had been seen, and the reason stand in the first leaf of it for ever.')
    terminal.say('Tell your customers: their bundles hold both logs, and a head that they kept says what is missing.')
    terminal.document({ origin, entries })
    return exit.upheld
  })
}
