import { connectionRefusal } from '../../../adapters/postgres/errors.ts'
import { UpheldError } from '../../../core/errors.ts'
import { probeDatabase } from '../../../proof/scratch/index.ts'
import type { Parts } from '../../report/index.ts'
import { interruptions } from '../interruptions.ts'
import type { Settings } from '../settings.ts'
import type { Terminal } from '../terminal.ts'

type Attacked = Omit<NonNullable<Parts['scratch']>, 'name'>

/** Attacks a scratch copy. A first Ctrl-C ends the attacks, and what was planted is removed all the same. */
export async function attackScratch(scratchUrl: string, settings: Settings, terminal: Terminal): Promise<Attacked> {
  const { database, tenantColumn, appRole, context } = settings
  const stop = interruptions(terminal)
  try {
    const report = await probeDatabase({
      scratchUrl,
      signal: stop.signal,
      ...(database === undefined ? {} : { lookedAtUrl: database }),
      ...(tenantColumn === undefined ? {} : { tenantColumns: tenantColumn.split(',') }),
      ...(appRole === undefined ? {} : { appRole }),
      ...(context === undefined ? {} : { context: [context] }),
    })
    return { report }
  } catch (thrown) {
    const fault = connectionRefusal(thrown, scratchUrl) ?? thrown
    if (fault instanceof UpheldError) return { fault }
    throw fault
  } finally {
    stop.close()
  }
}
