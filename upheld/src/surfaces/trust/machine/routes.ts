import type { Hono } from 'hono'
import type { Clock } from '../../../core/clock.ts'
import type { PageSource } from '../../../proof/claims/index.ts'
import { contentAnswer, type Content } from '../answers.ts'
import { exportAt } from '../exports.ts'
import { feed, feedJsonSchema } from '../feed.ts'
import { securityTxt } from '../security-txt.ts'
import { paths, type View } from '../view.ts'
import { atomFeed } from './atom.ts'
import { badgePolicy, badgeSvg, type Badge } from './badge.ts'
import { claimBadge, emptyBadge, pageBadge } from './badges.ts'
import { openApi } from './openapi.ts'

interface MachineOptions {
  readonly view: () => Promise<View>
  readonly page: PageSource
  readonly origin: string
  readonly clock: Clock
}

const json = 'application/json; charset=utf-8'

/** What programs read. Any origin may; every answer can be asked about again cheaply, and has to be. */
export function machineRoutes(app: Hono, { view, page, origin, clock }: MachineOptions): void {
  const openedMs = clock.now().getTime()
  app.get(paths.feed, async c => {
    const said = feed(await view())
    const body = `${JSON.stringify(said, undefined, 2)}\n`
    // The moment of reading differs each time and says nothing by itself.
    const meaning = JSON.stringify({ ...said, at: '', ...(said.stale === undefined ? {} : { stale: {} }) })
    const link = `<${paths.feedSchema}>; rel="describedby"; type="application/schema+json"`
    return contentAnswer(c.req.raw, { type: json, body, meaning, link, open: true })
  })
  const schema = feedJsonSchema()
  app.get(paths.feedSchema, c =>
    contentAnswer(c.req.raw, { type: 'application/schema+json; charset=utf-8', body: schema, open: true }),
  )
  app.get(paths.atom, async c => {
    const told = await atomFeed(await view(), openedMs)
    return contentAnswer(c.req.raw, { type: 'application/atom+xml; charset=utf-8', open: true, ...told })
  })
  const described = `${JSON.stringify(openApi(origin, page.title), undefined, 2)}\n`
  app.get(paths.openapi, c =>
    contentAnswer(c.req.raw, {
      type: 'application/vnd.oai.openapi+json; charset=utf-8',
      body: described,
      open: true,
    }),
  )
  app.get(`${paths.exports}/:file`, async c => {
    const found = exportAt(c.req.param('file'), (await view()).report)
    return found === undefined ? c.notFound() : contentAnswer(c.req.raw, { ...found, open: true })
  })
  app.get(paths.securityTxt, c => {
    const body = securityTxt(page, origin, clock.now().getTime())
    return contentAnswer(c.req.raw, { type: 'text/plain; charset=utf-8', body, open: true })
  })
  badgeRoutes(app, { view, page, origin, clock })
}

function badgeRoutes(app: Hono, { view, origin }: MachineOptions): void {
  app.get(paths.badge, async c => contentAnswer(c.req.raw, drawn(pageBadge(await view()))))
  app.get(`${paths.page}/claims/:id/badge.svg`, async c => {
    const shown = await view()
    const of = shown.report.claims.find(one => one.claim.id === c.req.param('id'))
    // An image says by itself what it is not: whoever placed it sees a status, its readers see this.
    return of === undefined
      ? contentAnswer(c.req.raw, { ...drawn(emptyBadge(origin, 'No such claim')), status: 404 })
      : contentAnswer(c.req.raw, drawn(claimBadge(of, shown)))
  })
}

function drawn(badge: Badge): Content {
  return { type: 'image/svg+xml; charset=utf-8', body: badgeSvg(badge), open: true, policy: badgePolicy }
}
