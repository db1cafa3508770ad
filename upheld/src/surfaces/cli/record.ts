import { auditFiles } from '../../adapters/files/index.ts'
import { faultOf, openLog } from '../../adapters/log/index.ts'
import { openDatabase } from '../../adapters/postgres/database.ts'
import { systemClock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import { openRecorder } from '../../foundation/audit/index.ts'
import { anchorLog } from '../../proof/witness/index.ts'
import { childLife, type Tell, type Work } from './processes/child.ts'
import { recorderPayload, type RecorderPayload } from './processes/payloads.ts'
import { stateAt } from './system/state.ts'
import { witnessing } from './witnessing.ts'

/** The recording process: moves what was recorded into the audit logs, and signs them. */
export function record(): Promise<number> {
  return childLife(recorderPayload, recorder)
}

async function recorder({ stateFolder, url, host }: RecorderPayload, tell: Tell): Promise<Work> {
  const log = openLog({ folder: stateAt(stateFolder).log, process: 'record', clock: systemClock })
  const files = auditFiles(stateFolder)
  const db = openDatabase(url, { connectionsMax: 2, name: 'upheld-record' })
  const recording = await openRecorder({
    db,
    host,
    seeds: files.seeds(),
    anchor: files.anchor,
    clock: systemClock,
    onTrouble: (thrown, organization) => {
      const code = thrown instanceof UpheldError ? thrown.code : undefined
      const { fault, system, at } = faultOf(thrown)
      log.write('recording.failed', { code, fault, system, at })
      const whose = organization === undefined ? 'The audit log' : `The audit log of ${organization}`
      tell({ type: 'trouble', says: `${whose} could not be written: ${code ?? fault}.` })
    },
  })
  const stopping = new AbortController()
  log.write('process.started', { pid: process.pid })
  const done = recording.run(stopping.signal)
  const witnessed = witnessing(
    stateFolder,
    () => anchorLog(db),
    says => tell({ type: 'trouble', says }),
    stopping.signal,
  )
  return {
    done,
    stop: async () => {
      stopping.abort()
      await done
      await witnessed
      // What was recorded until now is in its log before the system ends.
      while ((await recording.step()) > 0);
      await db.close()
      log.write('process.stopped', {})
      log.close()
    },
  }
}
