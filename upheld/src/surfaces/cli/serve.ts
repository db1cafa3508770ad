import { openDatabase } from '../../adapters/postgres/database.ts'
import { systemClock } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import { upheld } from '../../upheld.ts'
import { startServer, type Failure, type Handler } from '../server/index.ts'
import { openSite } from '../site/index.ts'
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
  resolve(
    openSite({
      application,
      claims: claimsOf(application),
      platform,
      page,
      view: database => reader.view(database),
      origin: server.origin,
      clock: systemClock,
      onFailure: thrown => tell({ type: 'trouble', says: `The trust page could not be shown: ${messageOf(thrown)}` }),
    }),
  )
  return {
    origin: server.origin,
    stop: async () => {
      await server.close()
      await platform.close()
      await page.close()
    },
  }
}

function failureLine({ method, path, code, reference, detail }: Failure): string {
  return `${method} ${path} failed: ${code}, reference ${reference}. ${detail}`
}
