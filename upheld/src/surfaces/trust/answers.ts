import { createHash } from 'node:crypto'
import { contentPolicy, pageHeaders } from '../look/index.ts'
import type { Look, Markup } from '../look/index.ts'
import { refusalPage, type RefusalStatus } from './pages/refusal.ts'

const safe = pageHeaders({ forms: 'none' })
/** A stored copy must be asked about each time: an old green must not outlive a new red in anybody's cache. */
const fresh = { 'cache-control': 'no-cache' }

interface Content {
  readonly type: string
  readonly body: string
  /** Whether pages of other origins may read it. */
  readonly open?: boolean
}

export async function pageAnswer(request: Request, markup: Markup): Promise<Response> {
  return contentAnswer(request, { type: 'text/html; charset=utf-8', body: String(await markup) })
}

/** The one page that runs a script, ours. */
export async function scriptedPageAnswer(request: Request, markup: Markup): Promise<Response> {
  const answer = await pageAnswer(request, markup)
  answer.headers.set('content-security-policy', contentPolicy({ forms: 'none', scripts: 'self' }))
  return answer
}

/** Text with every security header and a strong ETag; 304 when the reader has it already. */
export function contentAnswer(request: Request, { type, body, open = false }: Content): Response {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  const shared = open ? { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' } : {}
  const headers = { ...safe, ...shared, ...fresh, 'content-type': type, etag }
  if (matches(request.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers })
  return new Response(body, { headers })
}

export function bytesAnswer(bytes: Uint8Array, headers: Readonly<Record<string, string>>): Response {
  return new Response(new Uint8Array(bytes), { headers: { ...safe, ...headers } })
}

export function moved(path: string): Response {
  return new Response(null, { status: 308, headers: { ...safe, ...fresh, location: path } })
}

export async function refusalAnswer(look: Look, status: RefusalStatus): Promise<Response> {
  const headers: Record<string, string> = {
    ...safe,
    'cache-control': 'no-store',
    'content-type': 'text/html; charset=utf-8',
  }
  if (status === 405) headers['allow'] = 'GET, HEAD'
  if (status === 503) headers['retry-after'] = '60'
  return new Response(String(await refusalPage(look, status)), { status, headers })
}

/** RFC 9110, section 13.1.2: weak comparison, and a star matches anything. */
function matches(header: string | null, etag: string): boolean {
  if (header === null) return false
  return header.split(',').some(tag => ['*', etag].includes(tag.trim().replace(/^W\//, '')))
}
