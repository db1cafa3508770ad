import { openDatabase } from '../../../adapters/postgres/database.ts'
import type { RunningApplication } from '../../../application.ts'
import { pause, systemClock } from '../../../core/clock.ts'
import { openSealing } from '../../../custody.ts'
import type { People } from '../../../people.ts'
import type { Upheld } from '../../../upheld.ts'
import { openLook } from '../../look/index.ts'
import { openOutsiders } from '../../outsiders/index.ts'
import type { Part } from '../../server/index.ts'
import { platformOptions } from './platform.ts'
import type { LoginUrls } from './logins.ts'
import type { State } from './state.ts'

interface OutsidersOfSystem {
  readonly application: RunningApplication
  readonly platform: Upheld
  readonly people: People | undefined
  readonly state: State
  readonly urls: Pick<LoginUrls, 'app' | 'staff' | 'identity'>
  readonly origin: string
  readonly onFailure: (failure: unknown) => void
}

const sweepEveryMs = 10_000

/** What lets strangers probe, with whatever takes away what is over; undefined where the application lets nobody in. */
export function outsidersOf(options: OutsidersOfSystem): { readonly part: Part; close(): Promise<void> } | undefined {
  const { application, platform, people, state, urls, origin, onFailure } = options
  if (application.outsiders === undefined || people === undefined) return undefined
  const database = openDatabase(urls.identity, { connectionsMax: 3, name: 'upheld-outsiders' })
  const sealing = openSealing({ vault: platformOptions(state, urls).vault }, {}, systemClock, id =>
    platform.organization(id),
  )
  const opened = openOutsiders({
    application,
    platform,
    people,
    database,
    destroyKeys: async organization => sealing?.destroy({ organization }),
    clock: systemClock,
    origin,
    look: openLook(),
    onFailure,
  })
  const stopping = new AbortController()
  const sweeping = sweepAgain(opened.sweep, onFailure, stopping.signal)
  return {
    part: opened.part,
    async close() {
      stopping.abort()
      await sweeping
      sealing?.close()
      await database.close()
    },
  }
}

/** At the start too: a process before this one may have died in between. */
async function sweepAgain(
  sweep: () => Promise<number>,
  onFailure: (failure: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sweep().catch(onFailure)
    await pause(sweepEveryMs, signal)
  }
}
