import { readFileSync } from 'node:fs'
import { processFacts } from '../../adapters/files/index.ts'
import { openLog } from '../../adapters/log/index.ts'
import { runningPostgres } from '../../adapters/postgres/embedded/index.ts'
import { systemClock } from '../../core/clock.ts'
import type { Settings } from './settings.ts'
import { refuse } from './errors.ts'
import { loadApplication } from './system/application.ts'
import { loginsOf } from './system/logins.ts'
import { logOriginOf } from './system/origin.ts'
import { ownDatabase, urlIn } from './system/server.ts'
import { platformOptions } from './system/platform.ts'
import { existingState, readRunning, type Running, type State } from './system/state.ts'
import type { System } from './system/system.ts'
import { upheld } from '../../upheld.ts'

/** The database of the system in this folder, as its superuser; undefined when none answers. */
export function adminUrlOf(state: State, settings: Settings): string | undefined {
  if (settings.database !== undefined) return settings.database
  const running = runningPostgres(state.folder)
  return running === undefined ? undefined : urlIn(running.adminUrl, ownDatabase)
}

interface Attached {
  readonly system: System
  readonly running: Running
  /** The settings with the running system's own application. */
  readonly settings: Settings
}

/**
 * The system that somebody else keeps running in this folder, to work beside it. Stopping it is left to its keeper.
 * @throws cli.no_system when it is still starting, cli.database_unnamed when its server is not one of our own
 */
export async function attachSystem(given: Settings): Promise<Attached> {
  const state = existingState(given.state)
  const running = readRunning(state)
  if (running === undefined || processFacts(running.pid) === undefined) throw refuse.no_system({ detail: state.folder })
  const adminUrl = adminUrlOf(state, given)
  if (adminUrl === undefined) throw refuse.database_unnamed({ detail: state.folder })
  const settings = { ...given, app: given.app ?? running.app }
  const application = await loadApplication(settings.app)
  const urls = loginsOf(state.logins).urls(adminUrl)
  const log = openLog({ folder: state.log, process: 'up', clock: systemClock })
  const system: System = {
    state,
    application,
    adminUrl,
    urls,
    verifierKey: readFileSync(state.evidencePublicKey, 'utf8').trim(),
    logOrigin: given.logOrigin ?? logOriginOf(application.name),
    ownServer: false,
    log,
    open: () => upheld(platformOptions(state, urls)),
    alive: () => true,
    revive: async () => undefined,
    stop: async () => undefined,
  }
  return { system: Object.freeze(system), running, settings }
}
