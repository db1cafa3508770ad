import { pause } from '../../../core/clock.ts'
import { openRecorder, requestRotation } from '../../../foundation/audit/index.ts'
import { anchorLog } from '../../../proof/witness/index.ts'
import { exit, type Invocation } from '../command.ts'
import { seedsEveryMs } from '../record.ts'
import { hostOf, withKeeping } from './keeping.ts'

/** A new key for every log, also for those that nobody uses. Each former key hands over, and signs nothing after that. */
export async function auditRotate({ settings, terminal }: Invocation): Promise<number> {
  return withKeeping(settings, 'audit rotate', async keeping => {
    const { db, files, operator, running } = keeping
    const host = hostOf(keeping)
    files.addSeed()
    const seeds = files.seeds()
    // The recorder of the running system sees the new seed, and starts anew with it.
    if (running) await pause(2 * seedsEveryMs, new AbortController().signal)
    let [asked, logs] = [await requestRotation(db, operator, seeds.length), 0]
    for (; asked > 0; asked = await requestRotation(db, operator, seeds.length)) {
      logs += asked
      const recorder = await openRecorder({ db, host, seeds, anchor: files.anchor })
      for (let done = 0, total = 0; (done = await recorder.step()) > 0; total += done) {
        terminal.note(`  ${terminal.quiet(`${total + done} entries logged`)}`)
      }
    }
    const { key } = await anchorLog(db)
    terminal.say(
      `${logs} logs are signed with new keys. Each former key has handed over, and signs nothing from then on.`,
    )
    terminal.say(`The anchor log is signed with ${terminal.strong(key.encoded)}`)
    terminal.say('Whoever runs a witness names this key in place of the former one: upheld witness --log')
    terminal.say('Whoever has pinned the policy of the bundles needs its new fingerprint. Tell them on another way.')
    terminal.document({ logs, epoch: seeds.length, anchorKey: key.encoded })
    return exit.upheld
  })
}
