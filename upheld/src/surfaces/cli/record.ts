import { readFileSync } from 'node:fs'
import { auditFiles, writeWholeFile, type AuditFiles } from '../../adapters/files/index.ts'
import { faultOf, openLog } from '../../adapters/log/index.ts'
import { openDatabase } from '../../adapters/postgres/database.ts'
import { pause, systemClock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import type { Database } from '../../core/ports.ts'
import { openRecorder } from '../../foundation/audit/index.ts'
import { anchorLog, keepRules } from '../../proof/witness/index.ts'
import { childLife, type Tell, type Work } from './processes/child.ts'
import { recorderPayload, type RecorderPayload } from './processes/payloads.ts'
import { stateAt, type State } from './system/state.ts'
import { witnessing } from './witnessing.ts'

/** How often the file of the seeds is looked at. */
export const seedsEveryMs = 1_000
/** How often the keys of the logs are compared with those that the file tells. */
const keysEveryMs = 2_000

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
  const trouble = (says: string): void => tell({ type: 'trouble', says })
  const witnessed = witnessing(
    stateFolder,
    () => anchorLog(db),
    trouble,
    stopping.signal,
    rules => keepRules(db, rules),
  )
  const told = tellKeys(stateAt(stateFolder), db, stopping.signal)
  const watched = followSeeds(files, stopping, trouble)
  return {
    done,
    stop: async () => {
      stopping.abort()
      await done
      await Promise.all([witnessed, watched, told])
      // What was recorded until now is in its log before the system ends.
      while ((await recording.step()) > 0);
      await db.close()
      log.write('process.stopped', {})
      log.close()
    },
  }
}

/** Keeps the file with the public keys of the logs, for whoever runs a witness. What cannot be written now is written later. */
async function tellKeys({ logKeys, evidencePublicKey }: State, db: Database, signal: AbortSignal): Promise<void> {
  let written = ''
  while (!signal.aborted) {
    try {
      const { key } = await anchorLog(db)
      const evidence = readFileSync(evidencePublicKey, 'utf8').trim()
      const text = `# the anchor log\n${key.encoded}\n# the evidence log\n${evidence}\n`
      if (text !== written) writeWholeFile(logKeys, text)
      written = text
    } catch {
      written = ''
    }
    await pause(keysEveryMs, signal)
  }
}

/** Ends this life when somebody added a seed: the next one signs with it. A file that cannot be read now is read later. */
async function followSeeds(
  files: AuditFiles,
  stopping: AbortController,
  trouble: (says: string) => void,
): Promise<void> {
  const count = (): number | undefined => {
    try {
      return files.seeds().length
    } catch {
      return undefined
    }
  }
  const first = count()
  while (!stopping.signal.aborted) {
    await pause(seedsEveryMs, stopping.signal)
    const now = count()
    if (now === undefined || now === first) continue
    trouble('The keys of the audit logs were changed: the recorder starts anew with them.')
    stopping.abort()
  }
}
