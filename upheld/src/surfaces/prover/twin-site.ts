import { openDatabase } from '../../adapters/postgres/database.ts'
import type { RunningApplication } from '../../application.ts'
import { systemClock } from '../../core/clock.ts'
import { byName } from '../../core/web.ts'
import { generateSignerKey, parseSignerKey } from '../../core/transparency/index.ts'
import type { PeopleBend } from '../../people-bend.ts'
import type { Around, Claim, PeopleGround, Retouch } from '../../proof/claims/index.ts'
import { openEvidenceLog, readLog, type Anchor } from '../../proof/evidence/index.ts'
import type { Upheld } from '../../upheld.ts'
import { requestLog, startServer, type Handler } from '../server/index.ts'
import { openSite, routesOfSite } from '../site/index.ts'
import type { TwinLogs } from './twin-logs.ts'
import type { TwinDatabase } from './twins.ts'

interface TwinSiteOptions {
  readonly application: RunningApplication
  readonly claims: readonly Claim[]
  readonly database: TwinDatabase
  readonly open: (options: { readonly connectionsMax: number }) => Upheld
  readonly ground: PeopleGround | undefined
  readonly logs: TwinLogs
  readonly defer: (undo: () => Promise<void>) => void
}

interface TwinSite {
  /** The pages as they are. Started when somebody asks. */
  origin(): Promise<string>
  /** The pages as somebody on the way to the reader changes them, or who sits before the application, or broke its people. */
  serve(retouch: Retouch, around?: Around, bend?: PeopleBend): Promise<string>
}

/** The pages of a twin, over real HTTP, with an evidence log of its own under a key that nobody keeps. */
export function twinSite(options: TwinSiteOptions): TwinSite {
  let untouched: Promise<string> | undefined
  return Object.freeze({
    origin() {
      untouched ??= start(options, body => body, plainly, {})
      return untouched
    },
    serve: (retouch: Retouch, around: Around = plainly, bend: PeopleBend = {}) => start(options, retouch, around, bend),
  })
}

const plainly: Around = (request, answer) => answer(request)

async function start(options: TwinSiteOptions, retouch: Retouch, around: Around, bend: PeopleBend): Promise<string> {
  const { database, defer, application, claims, logs, ground } = options
  const signer = parseSignerKey(generateSignerKey('twin.invalid/upheld/evidence'))
  const anchor = memoryAnchor()
  const proof = openDatabase(database.urls.proof, { connectionsMax: 1, name: 'upheld-twin' })
  const page = openDatabase(database.urls.page, { connectionsMax: 2, name: 'upheld-twin' })
  const platform = options.open({ connectionsMax: 2 })
  defer(async () => {
    await Promise.all([platform.close(), page.close(), proof.close()])
  })
  await openEvidenceLog(proof, { signer, anchor })
  const { promise: handler, resolve } = Promise.withResolvers<Handler>()
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    whenTaken: 'refuse',
    handle: (request, caller) =>
      logs.within(() => around(request, async given => retouched(await (await handler)(given, caller), retouch))),
    ...requestLog(logs.log, routesOfSite(application, platform), () => undefined),
  })
  defer(() => server.close())
  const origin = ground === undefined ? server.origin : byName(server.origin)
  const people = ground?.open(bend, origin)
  if (people !== undefined) defer(() => people.close())
  const site = logs.within(() =>
    openSite({
      application,
      claims,
      platform,
      people,
      page,
      view: reader => readLog(reader, { verifier: signer.verifier, anchor }),
      origin,
      clock: systemClock,
      onFailure: () => undefined,
    }),
  )
  resolve(site)
  return origin
}

async function retouched(response: Response, retouch: Retouch): Promise<Response> {
  const text = /^(text\/html|application\/(feed\+)?json)/.test(response.headers.get('content-type') ?? '')
  if (!text || response.body === null) return response
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  headers.delete('etag')
  return new Response(retouch(await response.text()), { status: response.status, headers })
}

function memoryAnchor(): Anchor {
  let head: string | undefined
  return {
    read: () => head,
    write: checkpoint => {
      head = checkpoint
    },
  }
}
