import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readSecretFile, writeSecretFile } from '../files/index.ts'
import type { Database } from '../../core/ports.ts'
import { refuse } from './errors.ts'

const form = z.strictObject({ name: z.string(), says: z.string(), mend: z.array(z.string()).readonly() })

/** Something that was broken on purpose, to see the proof notice it, and the statements that make it whole again. */
export type Breakage = z.infer<typeof form>

/** Written before anything is broken: whoever is killed in the middle leaves the way back. */
export function noteBreakage(stateFolder: string, breakage: Breakage): void {
  writeSecretFile(noteIn(stateFolder), `${JSON.stringify(breakage, null, 2)}\n`)
}

/**
 * Mends what a note in the state folder says is broken, and forgets the note. Undefined when there is none. The mend of
 * something whole changes nothing, so it does no harm when the note was written and nothing was broken yet.
 * @throws breakage.bad_note, and what the database throws; the note then stays
 */
export async function mendBreakage(stateFolder: string, admin: Database): Promise<Breakage | undefined> {
  const text = readSecretFile(noteIn(stateFolder))
  if (text === undefined) return undefined
  const breakage = readNote(text, noteIn(stateFolder))
  await pastTheGuard(admin, breakage.mend)
  rmSync(noteIn(stateFolder), { force: true })
  return breakage
}

/** Runs all statements or none. The guard of DDL does not look on: it would refuse each step that is not yet whole. */
export async function pastTheGuard(admin: Database, statements: readonly string[]): Promise<void> {
  await admin.transaction(async tx => {
    await tx.query("set local session_replication_role = 'replica'")
    for (const statement of statements) await tx.query(statement)
  })
}

function readNote(text: string, path: string): Breakage {
  try {
    return form.parse(JSON.parse(text))
  } catch (cause) {
    throw refuse.bad_note({ detail: path, cause })
  }
}

function noteIn(stateFolder: string): string {
  return join(stateFolder, 'sabotage.json')
}
