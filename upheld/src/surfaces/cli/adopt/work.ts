import { addressOf, connectionRefusal } from '../../../adapters/postgres/errors.ts'
import { openDatabase } from '../../../adapters/postgres/database.ts'
import { systemClock } from '../../../core/clock.ts'
import { UpheldError } from '../../../core/errors.ts'
import { parsePace, type AdoptionOptions, type AdoptionWork } from '../../../duties/adoption/index.ts'
import type { Invocation } from '../command.ts'
import { refuse } from '../errors.ts'
import { interruptions } from '../interruptions.ts'
import type { Settings } from '../settings.ts'
import { eventLines } from './lines.ts'

/** What every command of an adoption works with: one connection, its pace, and a way to be stopped between two steps. */
export async function withWork<T>(invocation: Invocation, work: (ready: AdoptionWork) => Promise<T>): Promise<T> {
  const { settings, terminal } = invocation
  const url = settings.database
  if (url === undefined) throw refuse.database_missing()
  const stop = interruptions(terminal)
  const database = openDatabase(url, { connectionsMax: 1, name: 'upheld-adopt' })
  try {
    return await work({
      database,
      pace: paceOf(settings),
      clock: systemClock,
      signal: stop.signal,
      onEvent: eventLines(terminal, systemClock),
    })
  } catch (thrown) {
    if (thrown instanceof UpheldError) throw thrown
    throw connectionRefusal(thrown, url) ?? refuse.adoption_broke_off({ detail: addressOf(url), cause: thrown })
  } finally {
    stop.close()
    await database.close()
  }
}

function paceOf({ lockTimeoutMs, patienceSecs, batchRowsMax, batchMs, pauseMs }: Settings): AdoptionWork['pace'] {
  return parsePace({ lockTimeoutMs, patienceSecs, batchRowsMax, batchMs, pauseMs })
}

/** Only what was said: the rest is known from the first run. */
export function optionsOf({ schema, tenantColumn, directory, shared }: Settings): Partial<AdoptionOptions> {
  return {
    ...(schema === undefined ? {} : { schemas: listOf(schema) }),
    ...(tenantColumn === undefined ? {} : { tenantColumn }),
    ...(directory === undefined ? {} : { directory }),
    ...(shared === undefined ? {} : { shared: listOf(shared) }),
  }
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
}
