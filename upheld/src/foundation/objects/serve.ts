import { UpheldError } from '../../core/errors.ts'
import type { OrganizationId } from '../../core/ids.ts'
import { presentation } from './disposition.ts'
import { refuse } from './errors.ts'
import { whileLetIn, type Guest, type GuestBook } from './guests.ts'
import { openLink, type LinkPorts, type Ticket } from './links.ts'
import type { OpenedObject, OrganizationObjects } from './objects.ts'
import { names, rangeOf, type Part } from './ranges.ts'

/** On every answer. Whatever a browser makes of the bytes, it may run nothing, load nothing and be framed nowhere. */
const always = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': 'private, no-store',
}

interface Serving extends LinkPorts {
  /** Where links begin, such as `/objects/`. */
  readonly path: string
  readonly of: (organization: OrganizationId) => OrganizationObjects
  /** Undefined where nobody is ever a guest: their links open nothing then. */
  readonly guests: GuestBook | undefined
}

/**
 * Answers a link. What it refuses it answers itself; what is our fault is thrown on to the server, which tells the
 * operator. Once bytes flow, an altered chunk cuts the connection short of the length that was announced.
 */
export async function serveObject(serving: Serving, request: Request): Promise<Response> {
  try {
    return await answer(serving, request)
  } catch (thrown) {
    if (!(thrown instanceof UpheldError) || thrown.status >= 500) throw thrown
    const { code, publicMessage: message, status } = thrown
    const headers = { ...always, ...(status === 405 ? { allow: 'GET, HEAD' } : {}) }
    return Response.json({ error: { code, message } }, { status, headers })
  }
}

async function answer(serving: Serving, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (request.method !== 'GET' && request.method !== 'HEAD') throw refuse.method_refused()
  if (!pathname.startsWith(serving.path)) throw refuse.link_refused()
  const ticket = await openLink(serving, pathname.slice(serving.path.length))
  const guest = await toldOf(serving, ticket)
  const objects = serving.of(ticket.organization)
  const { name, version } = ticket
  const facts = await objects.head(name, { version })
  if (facts === undefined) throw refuse.absent()
  const whole = ticket.range ?? { start: 0, end: facts.length }
  if (whole.end > facts.length) throw refuse.bad_range()
  const etag = `"${facts.version}${ticket.range === undefined ? '' : `-${whole.start}-${whole.end}`}"`
  const headers = {
    ...always,
    ...presentation(facts.contentType, ticket.disposition, ticket.fileName ?? name),
    etag,
    'accept-ranges': 'bytes',
  }
  const early = precondition(request, etag)
  if (early !== undefined) return new Response(null, { status: early, headers: early === 304 ? headers : always })
  const length = whole.end - whole.start
  // Only GET has ranges (RFC 9110 section 14.2), and If-Range must name this very representation (section 13.1.5).
  const fresh = names(request.headers.get('if-range') ?? etag, etag, false)
  const part = request.method === 'GET' && fresh ? rangeOf(request.headers.get('range'), length) : undefined
  if (part === 'unsatisfiable') return unsatisfiable(length)
  const { start, end } = part ?? { start: 0, end: length }
  const answered = { ...headers, 'content-length': String(end - start), ...(part && contentRange(part, length)) }
  const status = part === undefined ? 200 : 206
  if (request.method === 'HEAD') return new Response(null, { status, headers: answered })
  const range = { start: whole.start + start, end: whole.start + end }
  const object = await objects.get(name, { version: facts.version, range })
  if (object === undefined) throw refuse.absent()
  const given =
    guest === undefined ? object : whileLetIn(object, ticket.organization, guest.who, { ...serving, ...guest })
  return new Response(bodyOf(given), { status, headers: answered })
}

/** That a guest comes with a link stands in the organization's log before anything is looked for. @throws objects.link_refused */
async function toldOf(
  { guests }: Serving,
  { organization, name, guest }: Ticket,
): Promise<{ readonly who: Guest; readonly guests: GuestBook } | undefined> {
  if (guest === undefined) return undefined
  if (guests === undefined) throw refuse.link_refused()
  const who = { ...guest, writes: false }
  try {
    await guests.tell(organization, who, 'read', name)
  } catch (cause) {
    if (cause instanceof UpheldError && cause.status < 500) throw refuse.link_refused({ cause })
    throw cause
  }
  return { who, guests }
}

/** If-Match before If-None-Match (RFC 9110 section 13.2.2). Objects have no date of change, so dates say nothing. */
function precondition(request: Request, etag: string): 304 | 412 | undefined {
  const [match, noneMatch] = [request.headers.get('if-match'), request.headers.get('if-none-match')]
  if (match !== null && !names(match, etag, false)) return 412
  return noneMatch !== null && names(noneMatch, etag, true) ? 304 : undefined
}

function unsatisfiable(length: number): Response {
  const { code, publicMessage: message, status } = refuse.bad_range()
  const headers = { ...always, 'content-range': `bytes */${length}` }
  return Response.json({ error: { code, message } }, { status, headers })
}

function contentRange({ start, end }: Part, length: number): { readonly 'content-range': string } {
  return { 'content-range': `bytes ${start}-${end - 1}/${length}` }
}

/** Pulls as the visitor reads; a visitor who leaves ends the reading of the blob. */
function bodyOf({ bytes }: OpenedObject): ReadableStream<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next()
        if (next.done === true) controller.close()
        else controller.enqueue(next.value)
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
