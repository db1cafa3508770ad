import { evidenceFiles } from '../../../adapters/files/index.ts'
import type { Database } from '../../../core/ports.ts'
import { parseVerifierKey } from '../../../core/transparency/index.ts'
import { readLog, type LogReader, type LogView } from '../../../proof/evidence/index.ts'

/** Reads the record for whoever shows it. Each look verifies the whole log, and reuses what it verified before. */
interface RecordReader {
  view(database: Database): Promise<LogView>
}

export function recordReader(stateFolder: string, verifierKey: string): RecordReader {
  const reader: LogReader = { verifier: parseVerifierKey(verifierKey), anchor: evidenceFiles(stateFolder).anchor }
  let last: LogView | undefined
  return Object.freeze({
    async view(database: Database) {
      const view = await readLog(database, reader, last)
      last = view
      return view
    },
  })
}
