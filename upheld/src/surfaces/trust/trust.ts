import { Hono } from 'hono'
import type { Clock } from '../../core/clock.ts'
import type { PageSource, TrustReport } from '../../proof/claims/index.ts'
import type { Look } from '../look/index.ts'
import { bytesAnswer, contentAnswer, moved, pageAnswer, refusalAnswer, scriptedPageAnswer } from './answers.ts'
import { refuse } from './errors.ts'
import { evidenceHeaders, isEvidencePath, type ReadEvidence } from './evidence.ts'
import { machineRoutes } from './machine/routes.ts'
import { checkPage } from './pages/check.ts'
import { claimPage } from './pages/claim.ts'
import { documentPage } from './pages/document.ts'
import { evidencePage } from './pages/evidence.ts'
import { historyPage } from './pages/history.ts'
import { toolsPage } from './pages/tools.ts'
import { changesOf, changeTypes, type ReadRecord, readPage } from './record.ts'
import { readScripts } from './scripts.ts'
import { checkSecurityTxt } from './security-txt.ts'
import { paths, type Emergencies, type WitnessState } from './view.ts'
import { viewer } from './viewing.ts'

export interface TrustSurfaceOptions {
  /** How everything stands. It is asked once for all requests that wait at the same time. */
  readonly report: () => Promise<TrustReport>
  readonly page: PageSource
  /** Entries of the log, newest first. */
  readonly record: ReadRecord
  /** Files of the log: `checkpoint`, `key`, `bundle`, `tile/...`, `proof/...`; the path was checked. */
  readonly evidence: ReadEvidence
  /** Witnesses of the log, and what they signed last; nobody when absent. */
  readonly witnesses?: () => Promise<readonly WitnessState[]>
  /** Where people reach the page, such as https://desk.example. Never taken from a request. */
  readonly origin: string
  /** Absent where no support by consent is kept. */
  readonly emergencies?: () => Promise<Emergencies>
  readonly clock: Clock
  readonly look: Look
  /** Where strangers read how they may probe; absent where they may not. */
  readonly outsiders?: string
  /** Told of a report that could not be read; the reader meets a page that promises nothing. */
  readonly onFailure: (failure: unknown) => void
}

const perPage = 50
const runsPerPage = 25

/**
 * The trust page. Answers what lies under /security, /.well-known/security.txt and /look; undefined for every other
 * path. Reads only, runs no script but that of one page on which a reader checks logs, and shows no promise that its own
 * evidence does not carry at that moment.
 * @throws trust.bad_origin, trust.bad_contact, trust.bad_security_txt
 */
export function trustSurface(options: TrustSurfaceOptions): (request: Request) => Promise<Response | undefined> {
  checkOptions(options)
  const pages = trustRoutes(options)
  return async request => {
    const { pathname } = new URL(request.url)
    const asset = options.look.fetch(request)
    if (asset !== undefined) return asset
    const ours = pathname === paths.page || pathname.startsWith(`${paths.page}/`) || pathname === paths.securityTxt
    if (!ours) return undefined
    if (request.method !== 'GET' && request.method !== 'HEAD') return refusalAnswer(options.look, 405, request)
    return pages.fetch(request)
  }
}

/** Every address of the surface, for whoever serves it, and for the test that holds the API's description against it. */
export function trustRoutes(options: TrustSurfaceOptions): Hono {
  const { look } = options
  const view = viewer(options)
  const app = new Hono()
  const scripts = readScripts()
  app.get(paths.page, async c => pageAnswer(c.req.raw, documentPage(await view())))
  app.get(`${paths.page}/`, () => moved(paths.page))
  app.get(paths.history, async c => {
    const before = beforeOf(c.req.query('before'))
    if (before === 'bad') return c.notFound()
    const shown = await view()
    const found = await readPage(shown.record, { ...before, types: changeTypes, limit: perPage })
    const changes = await changesOf(found, shown.record)
    return pageAnswer(c.req.raw, historyPage(shown, { changes, older: found.older }))
  })
  app.get(`${paths.page}/claims/:id`, async c => {
    const before = beforeOf(c.req.query('before'))
    const shown = await view()
    const of = shown.report.claims.find(one => one.claim.id === c.req.param('id'))
    if (of === undefined || before === 'bad') return c.notFound()
    const claim = of.claim.id
    const runs = await readPage(shown.record, { ...before, claim, types: ['upheld/run@v1'], limit: runsPerPage })
    const said = await readPage(shown.record, { claim, types: changeTypes, limit: perPage })
    const changes = await changesOf(said, shown.record)
    return pageAnswer(c.req.raw, claimPage(shown, { of, runs, changes }))
  })
  app.get(paths.evidence, async c => {
    const before = beforeOf(c.req.query('before'))
    if (before === 'bad') return c.notFound()
    const shown = await view()
    return pageAnswer(c.req.raw, evidencePage(shown, await readPage(shown.record, { ...before, limit: perPage })))
  })
  app.get(`${paths.evidence}/*`, async c => {
    const path = new URL(c.req.url).pathname.slice(paths.evidence.length + 1)
    const file = isEvidencePath(path) ? await options.evidence(path) : undefined
    return file === undefined ? c.notFound() : bytesAnswer(c.req.raw, file.bytes, evidenceHeaders(path, file))
  })
  app.get(paths.check, async c => scriptedPageAnswer(c.req.raw, checkPage(await view())))
  app.get(paths.tools, async c => pageAnswer(c.req.raw, toolsPage(await view())))
  app.get(`${paths.check}/:name`, c => {
    const body = scripts.get(c.req.param('name'))
    return body === undefined
      ? c.notFound()
      : contentAnswer(c.req.raw, { type: 'text/javascript; charset=utf-8', body })
  })
  machineRoutes(app, { view, page: options.page, origin: options.origin, clock: options.clock })
  app.notFound(c => refusalAnswer(look, 404, c.req.raw))
  app.onError((failure, c) => {
    options.onFailure(failure)
    return refusalAnswer(look, 503, c.req.raw)
  })
  return app
}

/** `?before=` as an entry index, `bad` when it is something else. */
function beforeOf(text: string | undefined): { readonly before?: number } | 'bad' {
  if (text === undefined) return {}
  return /^\d{1,15}$/.test(text) ? { before: Number(text) } : 'bad'
}

function checkOptions({ origin, page, clock }: TrustSurfaceOptions): void {
  checkSecurityTxt(page, clock.now().getTime())
  if (!/^https?:\/\/[^/\s]+$/.test(origin) || !URL.canParse(origin)) throw refuse.bad_origin({ detail: origin })
}
