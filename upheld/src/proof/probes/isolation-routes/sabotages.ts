import { pause } from '../../../core/clock.ts'
import type { DeclaredRoute } from '../../../routes.ts'
import type { Sabotage } from '../../claims/index.ts'
import { placesOf, writes, type Within } from './draft.ts'
import { altered, besiege, firstFitting, isOf, type House, type Insider, type Meddle, type Visit } from './insider.ts'

const takes =
  (within: Within) =>
  (route: DeclaredRoute): boolean =>
    placesOf(route).some(place => place.within === within)
const looks = (route: DeclaredRoute): boolean => !writes(route)
const both =
  (...wishes: readonly ((route: DeclaredRoute) => boolean)[]) =>
  (route: DeclaredRoute): boolean =>
    wishes.every(wish => wish(route))

/** Everything that a visitor said, but for who it is. */
function saidIn({ request, url, body, from, role }: Visit): string {
  const own = Object.keys((role === undefined ? undefined : from?.furnishing.roles[role]?.headers) ?? {})
  const headers = [...request.headers].filter(([name]) => !own.includes(name)).map(([, value]) => value)
  return [decodeURIComponent(url.pathname), ...url.searchParams.values(), ...headers, body].join('\n')
}

/** On one route, what names somebody else's thing meets `then` in place of the answer. */
function whereNamed(
  wishes: readonly ((route: DeclaredRoute) => boolean)[],
  then: (insider: Insider, visit: Visit, theirs: House, answer: () => Promise<Response>) => Promise<Response>,
): Meddle {
  return async (insider, visit, answer) => {
    if (!isOf(visit, firstFitting(insider.routes, wishes))) return undefined
    const theirs = insider.named(visit, saidIn(visit))
    return theirs === undefined || visit.from === undefined ? undefined : then(insider, visit, theirs, answer)
  }
}

const byPath = [both(looks, takes('path')), takes('path'), takes('query'), takes('body')]

async function withBody(response: Response, change: (body: string) => string): Promise<Response> {
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  return new Response(change(await response.text()), { status: response.status, headers })
}

function withHeader(response: Response, name: string, value: string): Response {
  const headers = new Headers(response.headers)
  headers.set(name, value)
  return new Response(response.body, { status: response.status, headers })
}

/** The organization that a request names for itself by this name, wherever `read` finds it, and the request without it. */
function namingItself(read: (visit: Visit) => { readonly id: string; readonly rest: Visit } | undefined): Meddle {
  return async (insider, visit) => {
    const found = visit.from === undefined ? undefined : read(visit)
    const house = insider.houses().find(one => one.organization === found?.id)
    return found === undefined || house === undefined ? undefined : insider.sendAs(found.rest, house)
  }
}

function fromQuery(visit: Visit): { id: string; rest: Visit } | undefined {
  const url = new URL(visit.url)
  const id = url.searchParams.get('tenant')
  url.searchParams.delete('tenant')
  return id === null ? undefined : { id, rest: altered(visit, { url }) }
}

/** A field of the body; where no route takes one, a cookie of the same name. */
function fromBody(visit: Visit): { id: string; rest: Visit } | undefined {
  const cookie = /\borganization_id=([0-9a-f-]{36})/.exec(visit.request.headers.get('cookie') ?? '')?.[1]
  const json = /,?"organization_id":"([0-9a-f-]{36})"/.exec(visit.body)
  const form = /&?organization_id=([0-9a-f-]{36})/.exec(visit.body)
  const field = json ?? form
  if (field?.[1] !== undefined)
    return { id: field[1], rest: altered(visit, { body: visit.body.replace(field[0], '') }) }
  return cookie === undefined ? undefined : { id: cookie, rest: visit }
}

const slowMs = 6

const meddlings: readonly (readonly [name: string, says: string, meddle: () => Meddle])[] = [
  [
    'id-alone',
    'one handler looks its object up by the id alone',
    () => whereNamed(byPath, (insider, visit, theirs) => insider.sendAs(visit, theirs)),
  ],
  [
    'write-follows-id',
    'a write follows an id of somebody else, and answers as if it had not',
    () =>
      whereNamed(
        [both(writes, takes('body')), both(writes, takes('path')), writes],
        async (insider, visit, theirs, answer) => {
          await insider.sendAs(visit, theirs)
          return answer()
        },
      ),
  ],
  [
    'list-of-everybody',
    'a list was made without asking whose it is',
    () => async (insider, visit, answer) => {
      const lists = [both(looks, route => !takes('path')(route)), looks]
      const theirs = insider.neighbour(visit)
      if (!isOf(visit, firstFitting(insider.routes, lists)) || theirs === undefined || visit.from === undefined)
        return undefined
      const more = await (await insider.sendAs(visit, theirs)).text()
      return withBody(await answer(), body => body + more)
    },
  ],
  ['cursor-of-anybody', 'a cursor carries the organization that it was given to', cursorOfAnybody],
  [
    'says-whose-it-is',
    'what belongs to somebody else is refused with words of its own',
    () => whereNamed(byPath, async () => Response.json({ error: 'This belongs to somebody else.' }, { status: 403 })),
  ],
  [
    'longer-answer',
    'the answer about what belongs to somebody else is one letter longer',
    () => whereNamed(byPath, async (_insider, _visit, _theirs, answer) => withBody(await answer(), body => `${body} `)),
  ],
  [
    'telling-header',
    'the answer about what belongs to somebody else carries one header more',
    () => whereNamed(byPath, async (_insider, _visit, _theirs, answer) => withHeader(await answer(), 'x-cache', 'hit')),
  ],
  [
    'slow-where-there-is',
    `what exists takes ${slowMs} ms longer to be refused than what does not`,
    () =>
      whereNamed(byPath, async (_insider, _visit, _theirs, answer) => {
        await pause(slowMs)
        return answer()
      }),
  ],
  [
    'header-decides',
    'a header says whose data it is',
    () => namingItself(visit => ({ id: visit.request.headers.get('x-tenant-id') ?? '', rest: visit })),
  ],
  ['query-decides', 'a parameter of the query says whose data it is', () => namingItself(fromQuery)],
  ['body-decides', 'a field of the body, or a cookie, says whose data it is', () => namingItself(fromBody)],
  [
    'no-permission',
    'a route was mounted without asking who may use it',
    () => async (insider, visit) => {
      const kept = (route: DeclaredRoute): boolean =>
        Object.keys(insider.houses()[0]?.furnishing.roles ?? {}).length > route.roles.length
      const route = firstFitting(insider.routes, [both(looks, kept), kept, looks])
      const house = visit.from ?? insider.houses()[0]
      if (!isOf(visit, route) || house === undefined || route.roles === 'public') return undefined
      return insider.sendAs(visit, house, route.roles[0])
    },
  ],
]

function cursorOfAnybody(): Meddle {
  const given = new Map<string, House>()
  const pages = (route: DeclaredRoute): boolean => route.paging !== undefined
  return async (insider, visit, answer) => {
    const route = firstFitting(insider.routes, [pages, both(looks, takes('query')), ...byPath])
    if (!isOf(visit, route) || visit.from === undefined) return undefined
    if (route.paging === undefined) {
      const theirs = insider.named(visit, saidIn(visit))
      return theirs === undefined ? undefined : insider.sendAs(visit, theirs)
    }
    const owner = given.get(visit.url.searchParams.get(route.paging.cursor) ?? '')
    const response = await (owner === undefined ? answer() : insider.sendAs(visit, owner))
    const next = response.ok ? route.paging.next(await response.clone().text()) : undefined
    if (next !== undefined && owner === undefined) given.set(next, visit.from)
    return response
  }
}

const beforeTheApplication: readonly Sabotage[] = meddlings.map(([name, says, meddle]) =>
  Object.freeze({ name, says, source: import.meta.url, apply: twin => besiege(twin, meddle()) } satisfies Sabotage),
)

/** With the twin's own database behind it, as somebody would write it for an hour of debugging. */
const undeclared: Sabotage = Object.freeze({
  name: 'undeclared-route',
  says: 'somebody mounted a page for debugging that lists every organization, and declared it nowhere',
  source: import.meta.url,
  async apply(twin: Parameters<Sabotage['apply']>[0]) {
    const origin = await twin.serve(
      page => page,
      async (request, answer) => {
        if (new URL(request.url).pathname !== '/internal/dump') return answer(request)
        const { rows } = await twin.admin.query('select id from upheld_guard.organization order by id')
        return Response.json(rows)
      },
    )
    return { ...twin, origin: async () => origin }
  },
} satisfies Sabotage)

export const sabotages: readonly Sabotage[] = Object.freeze([...beforeTheApplication, undeclared])
