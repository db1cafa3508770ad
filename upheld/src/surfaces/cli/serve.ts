import { openDatabase } from '../../adapters/postgres/database.ts'
import { systemClock } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import { trustReport } from '../../proof/claims/index.ts'
import { serveLog, type LogView } from '../../proof/evidence/index.ts'
import { upheld } from '../../upheld.ts'
import { openLook } from '../look/index.ts'
import { site, startServer, type Failure, type Handler } from '../server/index.ts'
import { recordOf, trustSurface } from '../trust/index.ts'
import { claimsOf } from './claims.ts'
import { childLife, type Tell, type Work } from './processes/child.ts'
import { webPayload, type WebPayload } from './processes/payloads.ts'
import { loadApplication } from './system/application.ts'
import { recordReader } from './system/record.ts'
import { stateAt } from './system/state.ts'

/** The web process: the application, and the page that shows its record. */
export function serve(): Promise<number> {
  return childLife(webPayload, web)
}

async function web(payload: WebPayload, tell: Tell): Promise<Work> {
  const application = await loadApplication(payload.app)
  const platform = upheld({ databaseUrl: payload.urls.app, contextKeyFile: stateAt(payload.stateFolder).contextKey })
  const page = openDatabase(payload.urls.page, { name: 'upheld-page', statementTimeoutMs: 10_000 })
  // The page names its own address, which is known once the server listens: requests until then wait for it.
  const { promise: handler, resolve } = Promise.withResolvers<Handler>()
  const server = await startServer({
    host: payload.host,
    port: payload.port,
    whenTaken: payload.whenTaken,
    limits: payload.limits,
    handle: async request => (await handler)(request),
    onFailure: failure => tell({ type: 'trouble', says: failureLine(failure) }),
  })
  const reader = recordReader(payload.stateFolder, payload.verifierKey)
  const view = shared(() => reader.view(page))
  const trust = trustSurface({
    report: () =>
      trustReport({
        database: page,
        claims: claimsOf(application),
        readLog: database => reader.view(database),
        clock: systemClock,
        service: application.name,
      }),
    page: application.page,
    record: recordOf(async () => (await view()).leaves),
    evidence: async path => serveLog(await view(), path),
    origin: server.origin,
    clock: systemClock,
    look: openLook(),
    onFailure: thrown => tell({ type: 'trouble', says: `The trust page could not be shown: ${messageOf(thrown)}` }),
  })
  resolve(site([trust], application.fetch(platform)))
  return {
    origin: server.origin,
    stop: async () => {
      await server.close()
      await platform.close()
      await page.close()
    },
  }
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

function failureLine({ method, path, code, reference, detail }: Failure): string {
  return `${method} ${path} failed: ${code}, reference ${reference}. ${detail}`
}
