import { faultOf, openLog } from '../../adapters/log/index.ts'
import { openDatabase } from '../../adapters/postgres/database.ts'
import { systemClock } from '../../core/clock.ts'
import { byName } from '../../core/web.ts'
import { UpheldError } from '../../core/errors.ts'
import { upheld } from '../../upheld.ts'
import { requestLog, startServer, type Handler } from '../server/index.ts'
import { openSite, routesOfSite } from '../site/index.ts'
import { claimsOf } from './claims.ts'
import { childLife, type Tell, type Work } from './processes/child.ts'
import { webPayload, type WebPayload } from './processes/payloads.ts'
import { watchSecurityTxt } from './security-txt.ts'
import { loadApplication } from './system/application.ts'
import { outsidersOf } from './system/outsiders.ts'
import { peopleOf } from './system/people.ts'
import { platformOptions } from './system/platform.ts'
import { recordReader } from './system/record.ts'
import { stateAt } from './system/state.ts'
import { namesOfWitnesses } from './witnessing.ts'

/** The web process: the application, and the page that shows its record. */
export function serve(): Promise<number> {
  return childLife(webPayload, web)
}

async function web(payload: WebPayload, tell: Tell): Promise<Work> {
  const log = openLog({ folder: stateAt(payload.stateFolder).log, process: 'web', clock: systemClock })
  const trouble = (says: string): void => tell({ type: 'trouble', says })
  const application = await loadApplication(payload.app)
  const state = stateAt(payload.stateFolder)
  const platform = upheld(platformOptions(state, payload.urls))
  const page = openDatabase(payload.urls.page, { name: 'upheld-page', statementTimeoutMs: 10_000 })
  const orders = openDatabase(payload.urls.console, { name: 'upheld-console', statementTimeoutMs: 10_000 })
  // The page names its own address, which is known once the server listens: requests until then wait for it.
  const { promise: handler, resolve } = Promise.withResolvers<Handler>()
  const server = await startServer({
    host: payload.host,
    port: payload.port,
    whenTaken: payload.whenTaken,
    limits: {
      ...payload.limits,
      bodyBytesMax: Math.max(payload.limits.bodyBytesMax, application.bodyBytesMax ?? 0),
    },
    trustedProxies: payload.trustedProxies,
    handle: async (request, caller) => (await handler)(request, caller),
    ...requestLog(log, routesOfSite(application, platform), trouble),
  })
  const address = application.people === undefined ? server.origin : byName(server.origin)
  const origin = payload.publicOrigin ?? address
  const people = peopleOf(application, platform, state, payload.urls, origin)
  const reader = recordReader(payload.stateFolder, payload.verifierKey)
  const failed = (what: string) => (thrown: unknown) => {
    const code = thrown instanceof UpheldError ? thrown.code : undefined
    const { fault, system, at } = faultOf(thrown)
    log.write('page.failed', { code, fault, system, at })
    trouble(`${what}: ${code ?? fault} at ${at[0]?.text ?? 'a place that is not told'}`)
  }
  const onFailure = failed('What strangers probe with failed')
  const outsiders = outsidersOf({ application, platform, people, state, urls: payload.urls, origin, onFailure })
  resolve(
    openSite({
      application,
      claims: claimsOf(application),
      platform,
      people,
      page,
      view: database => reader.view(database),
      origin,
      witnesses: () => namesOfWitnesses(payload.stateFolder),
      console: { orders, settings: payload.settings },
      ...(outsiders === undefined ? {} : { outsiders: outsiders.part }),
      clock: systemClock,
      onFailure: failed('The trust page could not be shown'),
    }),
  )
  const watch = watchSecurityTxt(application.page, systemClock, trouble)
  log.write('process.started', { pid: process.pid })
  return {
    place: { address, origin },
    stop: async () => {
      watch.stop()
      await server.close()
      await outsiders?.close()
      await people?.close()
      await platform.close()
      await page.close()
      await orders.close()
      log.write('process.stopped', {})
      log.close()
    },
  }
}
