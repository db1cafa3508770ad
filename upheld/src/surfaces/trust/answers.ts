import { createHash } from 'node:crypto'
import { contentPolicy, pageHeaders, takesBrotli } from '../look/index.ts'
import type { Look, Markup } from '../look/index.ts'
import { refuse } from './errors.ts'
import { packs, type Packs } from './packing.ts'
import { refusalPage, type RefusalStatus } from './pages/refusal.ts'

const safe = pageHeaders({ forms: 'none' })
/** A stored copy must be asked about each time: an old green must not outlive a new red in anybody's cache. */
const fresh = { 'cache-control': 'no-cache' }
/** For what any page of any origin may read. */
const shared = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'ETag, Last-Modified, Link',
  'cross-origin-resource-policy': 'cross-origin',
}

export interface Content {
  readonly type: string
  readonly body: string
  /** Whether pages of other origins may read it. */
  readonly open?: boolean
  /** What the body says apart from the moment at which it was read. Given, the tag is made of it, and weak. */
  readonly meaning?: string
  /** When the body changed last, where that is known and long enough ago to be told (RFC 9110, section 8.8.2.2). */
  readonly modifiedMs?: number
  /** A policy of its own, in place of the one for pages. */
  readonly policy?: string
  /** RFC 8288. */
  readonly link?: string
  readonly status?: 200 | 404 | 503
}

export async function pageAnswer(request: Request, markup: Markup): Promise<Response> {
  const body = String(await markup)
  const headers = { ...safe, ...fresh, 'content-type': 'text/html; charset=utf-8' }
  return textAnswer(request, packs(body), tagOf(body), headers)
}

/** The one page that runs a script, ours. */
export async function scriptedPageAnswer(request: Request, markup: Markup): Promise<Response> {
  const answer = await pageAnswer(request, markup)
  answer.headers.set('content-security-policy', contentPolicy({ forms: 'none', scripts: 'self' }))
  return answer
}

/** Text with every security header and an ETag; 304 when the reader has it already. */
export function contentAnswer(request: Request, content: Content): Response {
  const { type, body, open = false, meaning, modifiedMs, policy, link, status = 200 } = content
  const etag = meaning === undefined ? tagOf(body) : `W/${tagOf(meaning)}`
  const headers = {
    ...safe,
    ...(open ? shared : {}),
    ...fresh,
    'content-type': type,
    ...(policy === undefined ? {} : { 'content-security-policy': policy }),
    ...(link === undefined ? {} : { link }),
  }
  if (status !== 200) return new Response(body, { status, headers: { ...headers, 'cache-control': 'no-store' } })
  const moment = modifiedMs === undefined ? {} : { 'last-modified': new Date(modifiedMs).toUTCString() }
  return textAnswer(request, packs(body), etag, { ...headers, ...moment }, modifiedMs)
}

/**
 * Packed to whoever takes that. What is packed is other bytes, so a strong tag says so (RFC 9110, section 8.8.3.3). It is
 * the same for everybody and repeats nothing that was asked, so that its length tells nothing (the attack BREACH).
 */
function textAnswer(
  request: Request,
  content: Packs,
  tag: string,
  given: Readonly<Record<string, string>>,
  modifiedMs?: number,
): Response {
  const packed = takesBrotli(request)
  const etag = packed && !tag.startsWith('W/') ? tag.replace(/"$/, '-br"') : tag
  const headers = { ...given, vary: 'accept-encoding', etag }
  if (isKnown(request, etag, modifiedMs)) return new Response(null, { status: 304, headers })
  return packed
    ? new Response(content.packed(), { headers: { ...headers, 'content-encoding': 'br' } })
    : new Response(content.body, { headers })
}

/** Bytes of a file, with a strong ETag unless they stand there for ever. */
export function bytesAnswer(request: Request, bytes: Uint8Array, given: Readonly<Record<string, string>>): Response {
  const etag = tagOf(bytes)
  const headers = { ...safe, ...given, etag }
  if (isKnown(request, etag, undefined)) return new Response(null, { status: 304, headers })
  return new Response(new Uint8Array(bytes), { headers })
}

export function moved(path: string): Response {
  return new Response(null, { status: 308, headers: { ...safe, ...fresh, location: path } })
}

const codes = { 404: refuse.no_such_address, 405: refuse.only_read, 503: refuse.unread } as const

/** A page for people; for files that programs read, their code and words as JSON, for any origin. */
export async function refusalAnswer(look: Look, status: RefusalStatus, request?: Request): Promise<Response> {
  const machine = request !== undefined && /\.(json|atom|svg)$/.test(new URL(request.url).pathname)
  const { code, publicMessage } = codes[status]()
  const headers: Record<string, string> = {
    ...safe,
    ...(machine ? shared : {}),
    'cache-control': 'no-store',
    'content-type': machine ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8',
  }
  if (status === 405) headers['allow'] = 'GET, HEAD'
  if (status === 503) headers['retry-after'] = '60'
  const body = machine
    ? `${JSON.stringify({ error: { code, message: publicMessage } })}\n`
    : String(await refusalPage(look, status))
  return new Response(body, { status, headers })
}

function tagOf(body: string | Uint8Array): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
}

/** RFC 9110, section 13.2.2: with tags the date is not asked. */
function isKnown(request: Request, etag: string, modifiedMs: number | undefined): boolean {
  const tags = request.headers.get('if-none-match')
  if (tags !== null) return matches(tags, etag)
  const since = request.headers.get('if-modified-since')
  if (since === null || modifiedMs === undefined) return false
  // Whole seconds, as in the header; a date that is none compares as false.
  return Math.floor(modifiedMs / 1000) * 1000 <= Date.parse(since)
}

/** RFC 9110, section 13.1.2: weak comparison, and a star matches anything. */
function matches(header: string, etag: string): boolean {
  const opaque = etag.replace(/^W\//, '')
  return header.split(',').some(tag => ['*', opaque].includes(tag.trim().replace(/^W\//, '')))
}
