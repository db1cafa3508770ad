import type { RunningApplication } from '../../application.ts'
import type { Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import type { Database } from '../../core/ports.ts'
import { isUnreachable, trustReport, turnsNow, type Claim } from '../../proof/claims/index.ts'
import { parseCheckpoint, parseNote, parseVerifierKey, parseWitnessKey } from '../../core/transparency/index.ts'
import { orderDesk } from '../../proof/orders/index.ts'
import {
  readCosignatures,
  readRefusals,
  serveLog,
  type KeptRefusal,
  type LogView,
  type Witnessed,
} from '../../proof/evidence/index.ts'
import type { People } from '../../people.ts'
import type { Upheld } from '../../upheld.ts'
import { publicGlass } from '../../guards/support/index.ts'
import { consoleRoutes, consoleSurface, type ExplainedSetting } from '../console/index.ts'
import { outsiderPaths } from '../../proof/outsiders/index.ts'
import { openLook } from '../look/index.ts'
import { closedToOutsiders } from '../outsiders/index.ts'
import { site, type Handler, type Part, type RouteName } from '../server/index.ts'
import { peopleRoutes } from '../people/index.ts'
import { recordOf, trustSurface, type WitnessState } from '../trust/index.ts'

export interface SiteOptions {
  readonly application: RunningApplication
  readonly claims: readonly Claim[]
  /** The application's own handle. */
  readonly platform: Upheld
  /** Its people, where Upheld keeps them. */
  readonly people: People | undefined
  /** The page's login: reads runs and evidence, and nothing else. */
  readonly page: Database
  /** Looks at the evidence log and verifies it. */
  readonly view: (page: Database) => Promise<LogView>
  /** Where people reach it. Never taken from a request. */
  readonly origin: string
  readonly clock: Clock
  readonly onFailure: (failure: unknown) => void
  /** What lets strangers probe; nobody when absent. */
  readonly outsiders?: Part
  /** Names of the witnesses to whom the log is shown; nobody when absent. */
  readonly witnesses?: () => readonly string[]
  /** For the operator's own people; there is none without people, and none in a twin. */
  readonly console?: {
    /** The login of the console: places orders and reads how they went. */
    readonly orders: Database
    readonly settings: readonly ExplainedSetting[]
  }
}

/** What a person meets over HTTP: the trust page where it lives, links to objects, and the application everywhere else. */
export function openSite(options: SiteOptions): Handler {
  const { application, claims, page, clock, origin, onFailure } = options
  const view = shared(lastKnown(() => options.view(page)))
  const report = () => trustReport({ database: page, claims, readLog: options.view, clock, service: application.name })
  const witnesses = async () =>
    witnessStates(await cosigned(await view(), page), await readRefusals(page), options.witnesses?.() ?? [])
  const look = openLook()
  const trust = trustSurface({
    report,
    page: application.page,
    record: recordOf(async () => (await view()).leaves),
    evidence: async path => {
      const shown = await view()
      return serveLog(shown, path, path === 'checkpoint' ? await cosigned(shown, page).catch(noneIfAway) : [])
    },
    witnesses,
    origin,
    ...(options.people === undefined ? {} : { emergencies: () => publicGlass(page, clock.now()) }),
    clock,
    look,
    onFailure,
    ...(options.outsiders === undefined ? {} : { outsiders: outsiderPaths.page }),
  })
  const { platform, people } = options
  const operator: Part[] =
    people === undefined || options.console === undefined
      ? []
      : [
          consoleSurface({
            product: application.name,
            people,
            claims,
            report,
            leaves: async () => (await view()).leaves,
            turns: () => turnsNow(page),
            desk: orderDesk(options.console.orders, claims),
            settings: options.console.settings,
            page: application.page,
            witnesses,
            origin,
            clock,
            look,
            onFailure,
          }),
        ]
  const outsiders = options.outsiders ?? closedToOutsiders(application.name, look)
  const parts = [
    outsiders,
    trust,
    objectLinks(platform),
    ...operator,
    ...(people === undefined ? [] : [people.site.fetch]),
  ]
  return site(parts, application.fetch(platform, people))
}

/** A link says itself what it opens and whose it is. Where there are no objects its path is the application's. */
function objectLinks({ objects }: Upheld): Part {
  return async request => {
    if (!new URL(request.url).pathname.startsWith(objects.linkPath)) return undefined
    try {
      return await objects.serve(request)
    } catch (thrown) {
      if (thrown instanceof UpheldError && thrown.code === 'tenancy.no_objects') return undefined
      throw thrown
    }
  }
}

/** Every route by its pattern, for whoever writes down what was asked: the application's own, those of people and of the page, and links. */
export function routesOfSite({ routes, people }: RunningApplication, { objects }: Upheld): readonly RouteName[] {
  const own = ['/security', '/security/*', '/.well-known/security.txt', '/look/*', `${objects.linkPath}*`]
  const pages = people === undefined ? [] : [...peopleRoutes, ...consoleRoutes, ...firstRoutes]
  const runs = [
    ['POST', outsiderPaths.runs],
    ['POST', outsiderPaths.renewal],
    ['DELETE', outsiderPaths.run],
  ] as const
  return [
    ...(routes?.declared ?? []),
    ...pages,
    ...own.map(path => ({ method: 'GET', path })),
    ...runs.map(([method, path]) => ({ method, path })),
  ]
}

/** Beside those that are asked for with a session: the link of the first operator, and the script. */
const firstRoutes: readonly RouteName[] = ['GET', 'POST'].map(method => ({ method, path: '/console/*' }))

/** What witnesses signed last, verified. */
function cosigned({ key }: LogView, page: Database): Promise<Witnessed[]> {
  return readCosignatures(page, parseVerifierKey(key))
}

function witnessStates(
  signed: readonly Witnessed[],
  refusals: readonly KeptRefusal[],
  asked: readonly string[],
): WitnessState[] {
  const names = new Set([
    ...signed.map(({ cosignature }) => cosignature.witness.name),
    ...refusals.map(({ witness }) => parseWitnessKey(witness).name),
    ...asked,
  ])
  return [...names].map(name => {
    const last = signed.find(({ cosignature }) => cosignature.witness.name === name)
    const refusal = refusals.find(({ witness }) => parseWitnessKey(witness).name === name)
    return {
      name,
      ...(last === undefined ? {} : { signed: signedState(last) }),
      ...(refusal === undefined ? {} : { refused: refusedState(refusal) }),
    }
  })
}

function signedState({ size, checkpoint, cosignature }: Witnessed): NonNullable<WitnessState['signed']> {
  const { root } = parseCheckpoint(parseNote(checkpoint).text)
  return { size, at: cosignature.at.toISOString(), root: root.toString('base64') }
}

function refusedState({ size, at, why, settledAt }: KeptRefusal): NonNullable<WitnessState['refused']> {
  return { size, at: at.toISOString(), why, settled: settledAt !== undefined }
}

/**
 * The last view that was verified, while the database cannot be asked: it is signed, and says itself when. One that does
 * not verify is never replaced by an earlier one.
 */
function lastKnown(look: () => Promise<LogView>): () => Promise<LogView> {
  let last: LogView | undefined
  return async () => {
    try {
      last = await look()
      return last
    } catch (thrown) {
      if (!isUnreachable(thrown)) last = undefined
      if (last === undefined) throw thrown
      return last
    }
  }
}

/** Signatures of witnesses beside a head that is known: not there while the database is away. */
function noneIfAway(thrown: unknown): Witnessed[] {
  if (isUnreachable(thrown)) return []
  throw thrown
}

/** One look at the log for all who wait at the same time. */
function shared(look: () => Promise<LogView>): () => Promise<LogView> {
  let looking: Promise<LogView> | undefined
  return () => {
    looking ??= look().finally(() => {
      looking = undefined
    })
    return looking
  }
}
