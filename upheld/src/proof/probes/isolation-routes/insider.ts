import type { Credentials, DeclaredRoute, Furnishing, Routes } from '../../../routes.ts'
import { cannotProbe, type Entrance, type TwinWorld, type World } from '../../claims/index.ts'
import { ownFirst } from './declared.ts'
import { nameOf } from './draft.ts'

/**
 * Somebody who sits before the application of a twin and knows what its database knows: which id is whose, and how each
 * organization gets in. Whatever a broken handler would do across organizations can be done from here, for any application.
 */

export interface House {
  readonly organization: string
  readonly furnishing: Furnishing
}

/** One request as it came, whole, so that it can be sent on as it is or as somebody else. */
export interface Visit {
  readonly request: Request
  readonly url: URL
  readonly body: string
  readonly route: DeclaredRoute | undefined
  /** Whose credentials it carries; undefined for none that are known. */
  readonly from: House | undefined
  readonly role: string | undefined
}

export interface Insider {
  readonly routes: readonly DeclaredRoute[]
  /** The house whose id, or whose own id, stands in this text and that the visitor is not of. */
  named(visit: Visit, text: string): House | undefined
  /** Somebody else than the visitor. */
  neighbour(visit: Visit): House | undefined
  readonly houses: () => readonly House[]
  /** The visit as it came, or with the credentials of a house. */
  sendAs(visit: Visit, house?: House, role?: string): Promise<Response>
}

export type Meddle = (insider: Insider, visit: Visit, answer: () => Promise<Response>) => Promise<Response | undefined>

/** A second web server of the twin with `meddle` before it; undefined from it means that the visit goes its way. */
export async function besiege(twin: TwinWorld, meddle: Meddle): Promise<World> {
  const { entrance } = twin
  if (entrance === undefined) throw cannotProbe('The application declares no routes, so none can be broken.')
  const houses = new Map<string, House>()
  const routes = spied(entrance, houses)
  const origin = await twin.serve(
    page => page,
    async (request, answer) => {
      const visit = await visitOf(request, routes, houses)
      const insider: Insider = {
        routes: routes.declared,
        houses: () => [...houses.values()],
        named: ({ from }, text) =>
          [...houses.values()].find(
            one =>
              one !== from &&
              idsOf(one).some(
                id => id.length > 2 && text.toLowerCase().includes(id.toLowerCase()) && !idsOf(from).includes(id),
              ),
          ),
        neighbour: ({ from }) => [...houses.values()].find(one => one !== from),
        sendAs: (sent, house, role) => answer(requestOf(sent, house, role)),
      }
      return (await meddle(insider, visit, () => answer(requestOf(visit)))) ?? answer(requestOf(visit))
    },
  )
  return { ...twin, origin: async () => origin, entrance: { ...entrance, routes } }
}

function idsOf(house: House | undefined): readonly string[] {
  return house === undefined ? [] : [...Object.values(house.furnishing.ids), house.organization]
}

/** What the application furnishes is seen on the way. What the probe clears away again is not kept. */
function spied({ routes, gone }: Entrance, houses: Map<string, House>): Routes {
  return {
    declared: ownFirst(routes.declared),
    async furnish(organization, mark) {
      const furnishing = await routes.furnish(organization, mark)
      if (organization.id !== gone) houses.set(organization.id, { organization: organization.id, furnishing })
      return furnishing
    },
  }
}

async function visitOf(request: Request, routes: Routes, houses: ReadonlyMap<string, House>): Promise<Visit> {
  const url = new URL(request.url)
  const body = request.body === null ? '' : await request.text()
  const carries = ({ headers }: Credentials): boolean =>
    Object.entries(headers).every(([name, value]) => request.headers.get(name)?.includes(value) === true)
  const known = [...houses.values()].flatMap(from =>
    Object.entries(from.furnishing.roles).flatMap(([role, credentials]) =>
      carries(credentials) ? [{ from, role }] : [],
    ),
  )
  const route = routes.declared.find(one => one.method === request.method && formOf(one.path).test(url.pathname))
  return { request, url, body, route, from: known[0]?.from, role: known[0]?.role }
}

function formOf(path: string): RegExp {
  const pieces = path.split('/').map(piece => (piece.startsWith(':') ? '[^/]+' : RegExp.escape(piece)))
  return new RegExp(`^${pieces.join('/')}$`)
}

function requestOf({ request, url, body, from, role }: Visit, house?: House, asRole?: string): Request {
  const headers = new Headers(request.headers)
  const next = house?.furnishing.roles[asRole ?? role ?? Object.keys(house.furnishing.roles)[0] ?? '']
  let text = body
  if (next !== undefined) {
    const before = from === undefined || role === undefined ? undefined : from.furnishing.roles[role]
    for (const name of Object.keys(before?.headers ?? {})) headers.delete(name)
    for (const [name, value] of Object.entries(next.headers)) headers.set(name, value)
    if (/form-urlencoded/.test(headers.get('content-type') ?? '')) {
      const fields = new URLSearchParams(body)
      for (const [name, value] of Object.entries(next.fields ?? {})) fields.set(name, value)
      text = fields.toString()
    }
  }
  headers.delete('content-length')
  const bodied = text !== '' && request.method !== 'GET' && request.method !== 'HEAD'
  return new Request(url, { method: request.method, headers, ...(bodied ? { body: text } : {}) })
}

/** The same visit to another address or with another body. */
export function altered(visit: Visit, changes: Partial<Pick<Visit, 'url' | 'body'>>): Visit {
  return { ...visit, ...changes }
}

/** The routes that fit best: of several wishes, the first that any route fulfils. */
export function firstFitting(
  routes: readonly DeclaredRoute[],
  wishes: readonly ((route: DeclaredRoute) => boolean)[],
): DeclaredRoute {
  const closed = routes.filter(route => route.roles !== 'public')
  const found = wishes.flatMap(wish => closed.filter(wish))[0] ?? closed[0]
  if (found === undefined) throw cannotProbe('Every route is public, so there is nothing to keep apart.')
  return found
}

export function isOf(visit: Visit, route: DeclaredRoute): boolean {
  return visit.route !== undefined && nameOf(visit.route) === nameOf(route)
}
