import type { Database } from '../../core/ports.ts'
import { codeOf } from './attacks/index.ts'

class Undo extends Error {}

/** Runs it as this login and takes it back: `done`, or the code that it ended with. */
export async function undone(login: Database, sql: string): Promise<string> {
  return login
    .transaction(async tx => {
      await tx.query(sql)
      throw new Undo()
    })
    .catch((thrown: unknown) => (thrown instanceof Undo ? 'done' : codeOf(thrown)))
}
