import { join } from 'node:path'
import { openDatabase } from '../../adapters/postgres/database.ts'
import type { RunningApplication } from '../../application.ts'
import { organizationId } from '../../core/ids.ts'
import type {
  Around,
  Claim,
  LoginRole,
  OpenOptions,
  Retouch,
  Stage,
  TwinLogin,
  TwinWorld,
  World,
} from '../../proof/claims/index.ts'
import type { RecorderOptions } from '../../foundation/audit/index.ts'
import type { ContextKeys } from '../../foundation/tenancy/index.ts'
import type { Bend } from '../../custody.ts'
import type { PeopleBend } from '../../people-bend.ts'
import type { UpheldOptions } from '../../options.ts'
import { upheld, type Upheld } from '../../upheld.ts'
import { diskOf } from './disk.ts'
import { keysOf } from './keys.ts'
import { makeLogin, openLogin } from './twin-login.ts'
import { forger, signFor } from './forge.ts'
import { twinCustody, twinPeople } from './twin-custody.ts'
import { liveRecording, twinRecording } from './recording.ts'
import { outputsOf } from './outputs.ts'
import { entranceOf } from './entrance.ts'
import { peopleGround, peopleOrganizations, type PeopleFiles } from './people.ts'
import { twinLogs } from './twin-logs.ts'
import { twinSite } from './twin-site.ts'
import { openTwins, type LoginUrls, type TwinDatabase, type Twins } from './twins.ts'

/** Probes attack these two and nobody else: in the directory they are marked, and no walk across organizations meets them. */
const thief = organizationId('7e1f0000-0000-4000-8000-000000000001')
const victim = organizationId('7e1f0000-0000-4000-8000-000000000002')

/** One probes while others wait: to be made and dropped, for a recorder, for the disk. A dozen connections each. */
const twinsAtOnce = 3

/** Who walks through the application's routes. Not the two above: their rows are cleared away by another probe. */
const crawlers = Object.freeze({
  thief: organizationId('7e1f0000-0000-4000-8000-000000000003'),
  victim: organizationId('7e1f0000-0000-4000-8000-000000000004'),
  gone: organizationId('7e1f0000-0000-4000-8000-000000000005'),
  author: organizationId('7e1f0000-0000-4000-8000-000000000006'),
})

export interface StageOptions {
  readonly application: RunningApplication
  readonly claims: readonly Claim[]
  /** Superuser of the live database: makes twins, and marks the two organizations of the probes. */
  readonly adminUrl: string
  readonly urls: LoginUrls
  readonly contextKeys: ContextKeys
  /** Where the live system's keys and objects are. */
  readonly custody: Custody
  /** And those of its people. */
  readonly people: PeopleFiles
  /** Folder below which each scratch copy has its own. */
  readonly scratch: string
  /** The head of the live anchor log, as this host has kept it outside of the database. */
  readonly auditHead: () => string | undefined
  /** Where the live pages answer. Attacks go there, not by a proxy. */
  readonly address: string
  /** Where people reach them: another one where a proxy stands before them. */
  readonly origin: string
  /** Where the live system writes its logs: a folder, and files that lie elsewhere. */
  readonly logs: { readonly folder: string; readonly files?: readonly string[] }
}

/** The running system, and as many copies of it as there are sabotages. */
export async function openStage(options: StageOptions): Promise<Stage & { close(): Promise<void> }> {
  const { application, urls, adminUrl } = options
  await admitProbes(adminUrl)
  const twins = openTwins(adminUrl, urls, application)
  const { contextKeys, custody } = options
  const open = openWith(urls, contextKeys, custody)
  const forge = forger(adminUrl, contextKeys, thief)
  const ground = peopleGround({
    application,
    adminUrl,
    urls,
    contextKeys,
    vault: custody.vault,
    files: options.people,
    platform: () => open({ connectionsMax: 2 }),
    origin: options.origin,
  })
  const entrance = entranceOf(application, ground, urls.identity, crawlers)
  const surroundings: Surroundings = {
    tenantSchemas: application.tenantSchemas,
    ...entrance.said,
    origin: async () => options.address,
    ...(options.origin === options.address ? {} : { site: options.origin }),
    forge,
    disk: diskOf(adminUrl, custody.objects?.folder),
    outputs: outputsOf({ adminUrl, ...options.logs }),
    recording: liveRecording(options.auditHead),
    keys: keysOf(custody, { databaseUrl: urls.identity, contextKeys }, open),
  }
  const live = worldOn(urls, surroundings, open)
  return Object.freeze({
    live: Object.freeze({ ...live, place: 'live' as const }),
    twinsAtOnce,
    twin: () => openTwin(options, twins),
    close: async () => {
      await entrance.close()
      await ground?.close()
      await twins.close()
    },
  })
}

type Twin = Awaited<ReturnType<Stage['twin']>>

async function openTwin(options: StageOptions, twins: Twins): Promise<Twin> {
  const { application, claims } = options
  const database = await twins.make()
  const undo: (() => Promise<void>)[] = [() => database.drop()]
  const drop = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step()
  }
  try {
    await admitProbes(database.adminUrl)
    const custody = twinCustody(join(options.scratch, database.name), step => undo.push(step))
    const contextKeys = { current: () => database.key }
    const open = openWith(database.urls, contextKeys, custody)
    const ground = peopleGround({
      application,
      adminUrl: database.adminUrl,
      urls: database.urls,
      contextKeys,
      vault: custody.vault,
      files: twinPeople(join(options.scratch, database.name)),
      platform: () => open({ connectionsMax: 2 }),
      origin: 'http://localhost',
    })
    const entrance = entranceOf(application, ground, database.urls.identity, crawlers)
    undo.push(async () => {
      await entrance.close()
      await ground?.close()
    })
    const logs = twinLogs(join(options.scratch, database.name, 'log'), step => undo.push(step))
    const site = twinSite({ application, claims, database, open, ground, logs, defer: step => undo.push(step) })
    const { adminUrl } = database
    const recording = twinRecording(database.urls.record, step => undo.push(step))
    const surroundings: Surroundings = {
      tenantSchemas: application.tenantSchemas,
      ...entrance.said,
      origin: () => site.origin(),
      forge: forger(adminUrl, contextKeys, thief),
      disk: diskOf(adminUrl, custody.objects?.folder),
      outputs: outputsOf({ adminUrl, folder: logs.folder }),
      recording,
      keys: keysOf(custody, { databaseUrl: database.urls.identity, contextKeys }, open),
    }
    const world: TwinWorld = Object.freeze({
      ...worldOn(database.urls, surroundings, open),
      place: 'twin',
      admin: breaker(database, undo),
      sign: signFor(database.key),
      loginLike: (role: LoginRole) => loginLike(role, database, custody, undo),
      logFolder: logs.folder,
      recordWith: (change: (given: RecorderOptions) => RecorderOptions) => recording.change(change),
      serve: (retouch: Retouch, around?: Around, bend?: PeopleBend) => site.serve(retouch, around, bend),
      defer: (step: () => Promise<void>) => void undo.push(step),
    })
    return { world, drop }
  } catch (error) {
    await drop()
    throw error
  }
}

type Custody = Pick<UpheldOptions, 'vault' | 'objects'>
type PlatformOptions = Partial<Omit<UpheldOptions, 'databaseUrl' | 'contextKeyFile' | keyof Custody>>
type OpenPlatform = (options: PlatformOptions, bend?: Bend) => Upheld

/** The handle as the application opens it, with a key that somebody holds for it. */
function openWith(
  urls: Pick<LoginUrls, 'app' | 'staff'>,
  contextKeys: ContextKeys,
  { vault, objects }: Custody,
): OpenPlatform {
  return (options, bend = {}) =>
    upheld(
      {
        databaseUrl: urls.app,
        staffDatabaseUrl: urls.staff,
        contextKeyFile: 'held by the prover',
        ...(vault === undefined ? {} : { vault }),
        ...(objects === undefined ? {} : { objects }),
        ...options,
      },
      { contextKeys, bend },
    )
}

type Surroundings = Pick<
  World,
  'tenantSchemas' | 'origin' | 'site' | 'entrance' | 'people' | 'forge' | 'disk' | 'outputs' | 'recording' | 'keys'
>

function worldOn(urls: LoginUrls, surroundings: Surroundings, open: OpenPlatform): Omit<World, 'place'> {
  return {
    ...surroundings,
    pagePath: '/security',
    thief,
    victim,
    login: (role: LoginRole, connectionsMax = 1) => openLogin(urls[role], connectionsMax),
    open: (options: OpenOptions = {}) => openAs(open, options),
  }
}

function openAs(open: OpenPlatform, { contextTtlSecs, connectionsMax, pooler, bend }: OpenOptions): Upheld {
  const options: PlatformOptions = {
    ...(connectionsMax === undefined ? {} : { connectionsMax }),
    ...(pooler === undefined ? {} : { pooler }),
    // A probe may hold many statements of one organization in the air at once.
    tenancy: { concurrentMax: 64, ...(contextTtlSecs === undefined ? {} : { contextTtlSecs }) },
  }
  return open(options, bend)
}

async function loginLike(
  role: LoginRole,
  database: TwinDatabase,
  custody: Custody,
  undo: (() => Promise<void>)[],
): Promise<TwinLogin> {
  const made = await makeLogin(database, role)
  // After everything else, the database included: a role that has rights somewhere stays.
  undo.unshift(() => made.drop())
  const open = openWith({ app: made.url, staff: database.urls.staff }, { current: () => database.key }, custody)
  return Object.freeze({
    name: made.name,
    login: (connectionsMax = 1) => openLogin(made.url, connectionsMax),
    open: (options: OpenOptions = {}) => openAs(open, options),
  })
}

/** As `replica` the event triggers that refuse unsafe DDL stay silent: what a restored dump or a hurried superuser does. */
function breaker(database: TwinDatabase, undo: (() => Promise<void>)[]): ReturnType<typeof openDatabase> {
  const url = new URL(database.adminUrl)
  url.searchParams.set('options', '-c session_replication_role=replica')
  const admin = openDatabase(url.href, { connectionsMax: 1, name: 'upheld-sabotage' })
  undo.push(() => admin.close())
  return admin
}

async function admitProbes(adminUrl: string): Promise<void> {
  const admin = openDatabase(adminUrl, { connectionsMax: 1, name: 'upheld-stage' })
  try {
    await admin.query(
      'insert into upheld_guard.organization (id, probe) select id, true from unnest($1::uuid[]) as id on conflict (id) do nothing',
      [[thief, victim, ...Object.values(crawlers), ...Object.values(peopleOrganizations)]],
    )
  } finally {
    await admin.close()
  }
}
