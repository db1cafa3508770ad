import { mendBreakage } from '../../../adapters/breakage/index.ts'
import { evidenceFiles, type Lock } from '../../../adapters/files/index.ts'
import { ensureContextKey } from '../../../adapters/keys/index.ts'
import { openLog } from '../../../adapters/log/index.ts'
import { openDatabase } from '../../../adapters/postgres/database.ts'
import type { RunningApplication } from '../../../application.ts'
import { systemClock } from '../../../core/clock.ts'
import { byName } from '../../../core/web.ts'
import type { Log } from '../../../core/log.ts'
import { migrate } from '../../../foundation/tenancy/index.ts'
import { evidenceKey } from '../../../proof/evidence/index.ts'
import { prepareDatabase } from '../../../prepare.ts'
import { upheld, type Upheld } from '../../../upheld.ts'
import type { Settings } from '../settings.ts'
import { loadApplication } from './application.ts'
import { takeState } from './cleanup.ts'
import { loginsOf, type Logins, type LoginUrls } from './logins.ts'
import { logOriginOf } from './origin.ts'
import { withPeople } from './people.ts'
import { platformOptions } from './platform.ts'
import { existingServer, ownServer, withAdmin, type Server } from './server.ts'
import { prepareState, type State } from './state.ts'

/** A prepared system: server, schemas, keys, and the application's rows. What runs on it is somebody else's business. */
export interface System {
  readonly state: State
  readonly application: RunningApplication
  /** Superuser, in the application's database. */
  readonly adminUrl: string
  readonly urls: LoginUrls
  /** The verifier key of the evidence log. */
  readonly verifierKey: string
  readonly logOrigin: string
  /** Whether the server was started for this system, and ends with it. */
  readonly ownServer: boolean
  /** The log of the supervisor. */
  readonly log: Log
  /** The platform as the application opens it. The caller closes it. */
  open(): Upheld
  alive(): boolean
  /** Starts a server of our own that has ended by itself again. */
  revive(): Promise<void>
  /** Stops a server of our own and gives the state folder back. */
  stop(): Promise<void>
}

/** Runs one step of the preparation, and shows it. */
export type Step = <T>(says: string | ((result: T) => string), work: () => Promise<T>) => Promise<T>

interface Preparation {
  readonly settings: Settings
  /** Who takes the lock, for whoever finds it taken. */
  readonly purpose: string
  readonly step: Step
  readonly note: (line: string) => void
}

/**
 * Takes the state folder, starts the server, installs what must be there, and fills an empty application. Whatever was
 * started is stopped again when a later step fails.
 * @throws files.locked when somebody else works in this folder
 */
export async function prepareSystem(preparation: Preparation): Promise<System> {
  const { settings, purpose } = preparation
  const application = await loadApplication(settings.app)
  const state = prepareState(settings.state)
  const lock = await takeState(state.lock, purpose)
  let server: Server | undefined
  try {
    server = await startServer(preparation, state)
    return await onServer(preparation, { state, application, lock, server })
  } catch (thrown) {
    await server?.stop()
    lock.release()
    throw thrown
  }
}

function startServer({ settings, step, note }: Preparation, state: State): Promise<Server> {
  const { database } = settings
  return step(
    server => server.says,
    () => (database === undefined ? ownServer(state.folder, note) : existingServer(database)),
  )
}

interface Ground {
  readonly state: State
  readonly application: RunningApplication
  readonly lock: Lock
  readonly server: Server
}

async function onServer(preparation: Preparation, ground: Ground): Promise<System> {
  const { settings, step, note } = preparation
  const { state, application, server, lock } = ground
  if (server.warning !== undefined) note(server.warning)
  const breakage = await withAdmin(server.adminUrl, admin => mendBreakage(state.folder, admin))
  if (breakage !== undefined) note(`Mended what the sabotage "${breakage.name}" had left broken.`)
  const log = openLog({ folder: state.log, process: 'up', clock: systemClock })
  const logins = loginsOf(state.logins)
  const urls = logins.urls(server.adminUrl)
  const logOrigin = settings.logOrigin ?? logOriginOf(application.name)
  const { verifier } = evidenceKey(evidenceFiles(state.folder).key, logOrigin)
  await step('schemas, roles and guards', () => install(ground, logins))
  await step(
    ran =>
      ran.length === 0 ? `${application.name}: nothing to migrate` : `${application.name}: ${ran.length} migrations`,
    () => migrateAs(urls.migrate, application.migrations),
  )
  const open = (): Upheld => upheld(platformOptions(state, urls))
  const at = settings.publicOrigin ?? byName(`http://${settings.host}:${settings.port}`)
  await step(
    says => says,
    () =>
      withPeople({ application, state, urls, origin: at }, (platform, people) => application.seed(platform, people)),
  )
  return Object.freeze({
    state,
    application,
    adminUrl: server.adminUrl,
    urls,
    verifierKey: verifier.encoded,
    logOrigin,
    ownServer: settings.database === undefined,
    log,
    open,
    alive: () => server.alive(),
    revive: () => server.revive(),
    async stop() {
      await server.stop()
      log.close()
      lock.release()
    },
  })
}

function install({ state, application, server }: Ground, logins: Logins): Promise<void> {
  const key = ensureContextKey(state.contextKey)
  const { tenantSchemas } = application
  return withAdmin(server.adminUrl, admin =>
    prepareDatabase(admin, { tenantSchemas, key, passwords: logins.passwords }),
  )
}

async function migrateAs(url: string, folder: URL): Promise<readonly string[]> {
  const database = openDatabase(url, { connectionsMax: 1, name: 'upheld-migrate' })
  try {
    return await migrate(database, folder)
  } finally {
    await database.close()
  }
}
