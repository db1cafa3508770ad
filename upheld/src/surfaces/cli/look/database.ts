import { openDatabase } from '../../../adapters/postgres/database.ts'
import { connectionRefusal } from '../../../adapters/postgres/errors.ts'
import { UpheldError } from '../../../core/errors.ts'
import { lint } from '../../../proof/lint/index.ts'
import type { Parts } from '../../report/index.ts'
import type { Settings } from '../settings.ts'

type Read = Omit<NonNullable<Parts['database']>, 'name'>

/** Longer than the linter lets a statement run on the server: past it nobody answers at all. */
const answerMsMax = 45_000

/** The linter over one read-only connection. A database that cannot be looked at is a fault of the report, not an end. */
export async function readDatabase(url: string, { tenantColumn, appRole }: Settings): Promise<Read> {
  const database = openDatabase(url, { connectionsMax: 1, name: 'upheld-look', readOnly: true, answerMsMax })
  try {
    const report = await lint(database, {
      ...(tenantColumn === undefined ? {} : { tenantColumn }),
      ...(appRole === undefined ? {} : { appRoles: [appRole] }),
    })
    return { report }
  } catch (thrown) {
    const fault = connectionRefusal(thrown, url) ?? thrown
    if (fault instanceof UpheldError && fault.status >= 500) return { fault }
    throw fault
  } finally {
    await database.close()
  }
}
