import { createHash } from 'node:crypto'
import { pause } from '../../src/core/clock.ts'
import type { Around, Sabotage, TwinWorld } from '../../src/index.ts'

// Ways to break the harbor that the claim does not know of. Each asks the twin's database past all walls.

type Find = (text: string, values: readonly unknown[]) => Promise<Readonly<Record<string, unknown>> | undefined>

function broken(name: string, around: (find: Find, twin: TwinWorld) => Around): Sabotage {
  return {
    name,
    says: 'somebody did something that nobody thought of',
    source: import.meta.url,
    async apply(twin) {
      const find: Find = async (text, values) => (await twin.admin.query(text, values)).rows[0]
      const origin = await twin.serve(page => page, around(find, twin))
      return { ...twin, origin: async () => origin }
    },
  }
}

const last = (request: Request): string => decodeURIComponent(new URL(request.url).pathname.split('/').pop() ?? '')
const at = (request: Request, method: string, start: string): boolean =>
  request.method === method && new URL(request.url).pathname.startsWith(start)
const shipCalled = 'select name from harbor.ship where code = $1'
const crateOf = 'select label from harbor.crate where id = $1'
const roleOf = async (find: Find, request: Request): Promise<unknown> => {
  const secret = /\bharbor=[0-9a-f]{32}\.([0-9a-f]{48})/.exec(request.headers.get('cookie') ?? '')?.[1]
  const hash = createHash('sha256')
    .update(secret ?? '')
    .digest('hex')
  return (await find(`select role from harbor.pass where secret_hash = decode($1, 'hex')`, [hash]))?.['role']
}
const digits = (text: string | undefined): string => /^\d{1,18}$/.exec(text ?? '')?.[0] ?? '0'

/** Reads the body and gives the request back with it. */
async function opened(request: Request): Promise<{ text: string; again: Request }> {
  const text = await request.text()
  const { method, headers } = request
  return { text, again: new Request(request.url, { method, headers, ...(text === '' ? {} : { body: text }) }) }
}

export const unseen: readonly Sabotage[] = [
  broken('by-id-alone', find => async (request, answer) => {
    const response = await answer(request)
    if (!at(request, 'GET', '/voyages/') || response.status !== 404) return response
    const row = await find('select plan from harbor.voyage where id::text = $1', [last(request)])
    return row === undefined ? response : Response.json(row)
  }),
  broken('head-tells', find => async (request, answer) => {
    const there = at(request, 'HEAD', '/ships/') && (await find(shipCalled, [last(request)]))
    return there ? new Response(null) : answer(request)
  }),
  broken('capitals-go-around', find => async (request, answer) => {
    const code = last(request)
    const row =
      at(request, 'GET', '/ships/') && code !== code.toLowerCase() && (await find(shipCalled, [code.toLowerCase()]))
    return row ? Response.json(row) : answer(request)
  }),
  broken('second-of-two-names', find => async (request, answer) => {
    if (!at(request, 'POST', '/find')) return answer(request)
    const { text, again } = await opened(request)
    const codes = [...text.matchAll(/"ship":"([^"]+)"/g)].map(match => match[1])
    const row = codes.length > 1 && (await find(shipCalled, [codes.at(-1)]))
    return row ? Response.json({ found: [row] }) : answer(again)
  }),
  broken('list-in-the-body', find => async (request, answer) => {
    if (!at(request, 'POST', '/find')) return answer(request)
    const { text, again } = await opened(request)
    const row = await find(shipCalled, [/"ship":\["([^"]+)"\]/.exec(text)?.[1] ?? ''])
    return row === undefined ? answer(again) : Response.json({ found: 1 })
  }),
  broken('method-in-a-header', find => async (request, answer) => {
    if (request.headers.get('x-http-method-override') === 'DELETE')
      await find('delete from harbor.voyage where id::text = $1', [last(request)])
    return answer(request)
  }),
  broken('search-counts-all', find => async (request, answer) => {
    const q = new URL(request.url).searchParams.get('q') ?? ''
    const response = await answer(request)
    if (!at(request, 'GET', '/ships') || q === '' || !response.ok) return response
    const row = await find('select count(*)::int as n from harbor.ship where strpos(name, $1) > 0', [q])
    return new Response(await response.text(), { headers: { 'x-total': String(row?.['n']) } })
  }),
  broken('name-taken-anywhere', find => async (request, answer) => {
    if (!at(request, 'PUT', '/ships/')) return answer(request)
    const { text, again } = await opened(request)
    const name = new URLSearchParams(text).get('name')
    const taken = await find('select 1 as one from harbor.ship where name = $1 and code <> $2', [name, last(request)])
    return taken === undefined
      ? answer(again)
      : Response.json({ error: 'there is a ship of this name' }, { status: 409 })
  }),
  broken('cookie-by-id-alone', find => async (request, answer) => {
    const id = /\bcrate=(\d+)/.exec(request.headers.get('cookie') ?? '')?.[1]
    const signedIn = request.headers.get('cookie')?.includes('harbor=') === true
    const row = at(request, 'GET', '/crate-at-hand') && signedIn && (await find(crateOf, [digits(id)]))
    return row ? Response.json(row) : answer(request)
  }),
  broken('undeclared-method', find => async (request, answer) => {
    if (at(request, 'PATCH', '/ships/'))
      await find(`update harbor.ship set name = 'taken' where code = $1`, [last(request)])
    return answer(request)
  }),
  broken('date-of-what-is-there', find => async (request, answer) => {
    const response = await answer(request)
    const row =
      at(request, 'GET', '/invoices/') &&
      (await find('select 1 as one from harbor.invoice where number = $1', [digits(last(request))]))
    if (row) response.headers.set('last-modified', 'Sat, 21 Nov 2026 12:00:00 GMT')
    return response
  }),
  broken('half-open', () => async (request, answer) => {
    const stranger = request.headers.get('cookie')?.includes('harbor=') !== true
    return stranger && at(request, 'GET', '/ships') ? Response.json({ ships: [] }) : answer(request)
  }),
  broken('secret-unchecked', find => async (request, answer) => {
    const response = await answer(request)
    const hex = /harbor=([0-9a-f]{32})/.exec(request.headers.get('cookie') ?? '')?.[1]
    if (response.status !== 401 || hex === undefined || !at(request, 'GET', '/ships')) return response
    return Response.json({ ship: await find('select name from harbor.ship where organization_id = $1 limit 1', [hex]) })
  }),
  broken('five-milliseconds', find => async (request, answer) => {
    const row = at(request, 'DELETE', '/crates/') && (await find(crateOf, [digits(last(request))]))
    if (row) await pause(5)
    return answer(request)
  }),
  broken('written-after-the-answer', find => async (request, answer) => {
    const response = await answer(request)
    const late = async (): Promise<void> => {
      await pause(5)
      await find(`update harbor.crate set label = 'seen' where id = $1`, [digits(last(request))])
    }
    if (at(request, 'DELETE', '/crates/') && response.status === 404) void late().catch(() => undefined)
    return response
  }),
  broken('failure-where-there-is', find => async (request, answer) => {
    if (!at(request, 'POST', '/voyages')) return answer(request)
    const { text, again } = await opened(request)
    const response = await answer(again)
    const row = await find(crateOf, [digits(/"crates":\[(\d+)\]/.exec(text)?.[1])])
    return row !== undefined && response.status === 422 ? Response.json({ error: 'failed' }, { status: 500 }) : response
  }),
  broken('owner-in-a-reference', find => async (request, answer) => {
    const response = await answer(request)
    if (!at(request, 'GET', '/crate-on-hook') || response.status !== 404) return response
    const row = await find(crateOf, [digits(request.headers.get('x-crate') ?? '')])
    if (row !== undefined) response.headers.set('x-request-id', Buffer.from(String(row['label'])).toString('base64url'))
    return response
  }),
  broken('not-modified', find => async (request, answer) => {
    const response = await answer(request)
    if (!at(request, 'GET', '/ships/') || !request.headers.has('if-none-match')) return response
    return (await find(shipCalled, [last(request)])) ? new Response(null, { status: 304 }) : response
  }),
  broken('all-that-is-included', find => async (request, answer) => {
    const response = await answer(request)
    const asked = new URL(request.url)
    if (asked.pathname !== '/ships' || !asked.searchParams.has('include') || !response.ok) return response
    return Response.json(await find(`select string_agg(label, ',') as included from harbor.crate`, []))
  }),
  broken('second-of-a-list', find => async (request, answer) => {
    if (!at(request, 'POST', '/voyages')) return answer(request)
    const { text, again } = await opened(request)
    const row = await find(crateOf, [digits(/"crates":\[\d+,(\d+)/.exec(text)?.[1])])
    return row === undefined ? answer(again) : Response.json({ warning: 'a second crate' }, { status: 201 })
  }),
  broken('number-as-text', find => async (request, answer) => {
    if (!at(request, 'POST', '/voyages')) return answer(request)
    const { text, again } = await opened(request)
    const row = await find(crateOf, [digits(/"crates":\["(\d+)"/.exec(text)?.[1])])
    return row === undefined ? answer(again) : Response.json({ error: 'not yours' }, { status: 403 })
  }),
  ...['/', '.json'].map(end =>
    broken(`path-ends-in-${end}`, find => async (request, answer) => {
      const path = decodeURIComponent(new URL(request.url).pathname)
      const code = path.startsWith('/ships/') && path.endsWith(end) ? path.slice('/ships/'.length, -end.length) : ''
      const row = request.method === 'GET' && code !== '' && (await find(shipCalled, [code]))
      return row ? Response.json(row) : answer(request)
    }),
  ),
  broken('nothing-to-change', find => async (request, answer) => {
    if (!at(request, 'PUT', '/ships/')) return answer(request)
    const { text, again } = await opened(request)
    const row = new URLSearchParams(text).has('name') ? undefined : await find(shipCalled, [last(request)])
    return row === undefined ? answer(again) : Response.json({ error: 'a name is needed' }, { status: 422 })
  }),
  broken('to-the-last-role-alone', find => async (request, answer) => {
    const response = await answer(request)
    if (!at(request, 'GET', '/voyages/') || response.status !== 404) return response
    const row =
      (await roleOf(find, request)) === 'hand' &&
      (await find('select plan from harbor.voyage where id::text = $1', [last(request)]))
    return row ? Response.json(row) : response
  }),
  broken('an-honest-request-of-the-last-role-tells-all', find => async (request, answer) => {
    if (!at(request, 'POST', '/voyages')) return answer(request)
    const response = await answer(request)
    if (response.status !== 201 || (await roleOf(find, request)) !== 'hand') return response
    return Response.json(await find(`select string_agg(label, ',') as all from harbor.crate`, []), { status: 201 })
  }),
  ...['hand', 'cook', 'clerk'].map(role =>
    broken(`refused-with-a-reason-as-${role}`, find => async (request, answer) => {
      const response = await answer(request)
      if (!at(request, 'DELETE', '/crates/') || response.status !== 403) return response
      const there = (await roleOf(find, request)) === role && (await find(crateOf, [digits(last(request))]))
      return there ? Response.json({ error: 'not you, and not this crate' }, { status: 403 }) : response
    }),
  ),
]
