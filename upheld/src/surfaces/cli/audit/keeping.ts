import { auditFiles, takeLock, type AuditFiles } from '../../../adapters/files/index.ts'
import { openDatabase } from '../../../adapters/postgres/database.ts'
import type { Database } from '../../../core/ports.ts'
import type { Operator } from '../../../foundation/audit/index.ts'
import { adminUrlOf } from '../attach.ts'
import { refuse } from '../errors.ts'
import type { Settings } from '../settings.ts'
import { loginsOf } from '../system/logins.ts'
import { existingState, readRunning, type State } from '../system/state.ts'

/** What commands that tend the audit logs work with. */
interface Keeping {
  readonly state: State
  /** Login upheld_record. */
  readonly db: Database
  readonly files: AuditFiles
  /** The account of this machine by its number, and what for. */
  readonly operator: Operator
  readonly running: boolean
}

/**
 * One such command at a time.
 * @throws cli.no_system, files.locked
 */
export async function withKeeping<T>(
  settings: Settings,
  purpose: string,
  work: (keeping: Keeping) => Promise<T>,
): Promise<T> {
  const state = existingState(settings.state)
  const adminUrl = adminUrlOf(state, settings)
  if (adminUrl === undefined) throw refuse.no_system({ detail: state.folder })
  const files = auditFiles(state.folder)
  const lock = takeLock(`${state.keys}/audit.lock`, `upheld ${purpose}`)
  const db = openDatabase(loginsOf(state.logins).urls(adminUrl).record, { connectionsMax: 2, name: 'upheld-audit' })
  const id = `uid-${process.getuid?.() ?? 'unknown'}`
  try {
    const operator = {
      type: 'operator',
      id,
      purpose: (settings.reason ?? purpose).slice(0, 80).toWellFormed(),
    } as const
    return await work({ state, db, files, operator, running: readRunning(state) !== undefined })
  } finally {
    await db.close()
    lock.release()
  }
}

/** The first part of the origins of this system's logs, as its anchor log has it. */
export function hostOf({ files, state }: Keeping): string {
  const head = files.anchor.read()
  if (head === undefined) throw refuse.no_system({ detail: `No audit log was ever seen in ${state.folder}.` })
  return head.split('/')[0] ?? ''
}
