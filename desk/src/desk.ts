import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { html } from 'hono/html'
import { openLook, pageHeaders, type Caller, type People, type Upheld } from 'upheld'
import { activityApi } from './activity/api.ts'
import { activityPages } from './activity/pages.ts'
import { attachmentPages } from './attachments/pages.ts'
import { accountApi } from './account/api.ts'
import { contactApi } from './contacts/api.ts'
import { contactPages } from './contacts/pages.ts'
import { declaredRoutes } from './entrance/declared.ts'
import { ours, refuse } from './errors.ts'
import { errorJson } from './http/api-route.ts'
import { type Html, refusal } from './http/layout.ts'
import type { Route } from './http/route.ts'
import { inboxApi } from './inbox/api.ts'
import { inboxPages } from './inbox/pages.ts'
import { integrationPages } from './integrations/pages.ts'
import { merchantApi } from './merchants/api.ts'
import { merchantPages } from './merchants/pages.ts'
import { memberApi } from './people/api.ts'
import { widgetRoutes } from './widget/routes.ts'

const bodyBytesMax = 64 * 1024
/** Where Upheld's links to objects begin unless it is told otherwise. */
const linkPath = '/objects/'

/** Every way into the desk. */
export const routes: readonly Route[] = [
  ...inboxPages,
  ...attachmentPages,
  ...contactPages,
  ...merchantPages,
  ...integrationPages,
  ...activityPages,
  ...accountApi,
  ...inboxApi,
  ...contactApi,
  ...merchantApi,
  ...memberApi,
  ...activityApi,
  ...widgetRoutes,
]

/**
 * The desk as one handler. What it refuses it answers itself; anything unforeseen is thrown on to the server, which
 * tells the operator and gives the visitor a reference.
 */
export function desk(
  upheld: Upheld,
  people: People | undefined,
  mounted: readonly Route[] = routes,
): (request: Request, caller: Caller) => Promise<Response> {
  if (people === undefined) throw refuse.no_people()
  const look = openLook()
  const style = readFileSync(new URL('desk.css', import.meta.url))
  const stylePath = `/desk.${createHash('sha256').update(style).digest('hex').slice(0, 16)}.css`
  const head = html`${look.headTags()}<link rel="stylesheet" href="${stylePath}" />`
  const headers = { ...pageHeaders({ forms: 'self' }), 'cache-control': 'no-store' }

  // Deny by default: a route without a permission is not mounted, nor one that is not declared, and so not attacked.
  declaredRoutes(mounted)

  const app = new Hono<{ Bindings: { readonly caller: Caller } }>()
  app.onError(error => {
    throw error
  })
  app.notFound(context => refused(refuse.not_found(), context.req.path, head))
  const small = bodyLimit({
    maxSize: bodyBytesMax,
    onError: context => refused(refuse.too_large(), context.req.path, head),
  })
  app.get(stylePath, () => styleSheet(style))
  for (const route of mounted) {
    const bodyBytesMax = route.bodyBytesMax ?? Infinity
    app.on(route.method, route.path, route.bodyBytesMax === undefined ? small : passing, async context => {
      const { raw } = context.req
      // A body that does not say its length is counted while it is read.
      if (Number(raw.headers.get('content-length') ?? 0) > bodyBytesMax) {
        return refused(refuse.file_too_large(), context.req.path, head)
      }
      const { caller } = context.env
      const visit = { upheld, people, request: raw, caller, url: new URL(raw.url), params: context.req.param(), head }
      return route.answer(visit).catch((thrown: unknown) => refused(thrown, context.req.path, head))
    })
  }

  return async (request, caller) => {
    const asset = look.fetch(request)
    if (asset !== undefined) return asset
    // Links to files say themselves what they open and whose it is: no session, no route.
    const linked = new URL(request.url).pathname.startsWith(linkPath)
    const response = linked ? await upheld.objects.serve(request) : await app.fetch(request, { caller })
    for (const [name, value] of Object.entries(headers)) {
      if (!response.headers.has(name)) response.headers.set(name, value)
    }
    return response
  }
}

async function passing(_: unknown, next: () => Promise<void>): Promise<void> {
  await next()
}

function refused(thrown: unknown, path: string, head: Html): Response | Promise<Response> {
  const error = ours(thrown)
  return path.startsWith('/api/') || path.startsWith('/widget/') ? errorJson(error) : refusal(error, { head })
}

function styleSheet(style: Buffer): Response {
  const headers = { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=31536000, immutable' }
  return new Response(new Uint8Array(style), { headers })
}
