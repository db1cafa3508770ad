import type { Caller, People, Upheld } from 'upheld'
import type { Permission } from '../access/permissions.ts'
import type { Html } from './layout.ts'

/** One request on its way to a route. */
export interface Visit {
  readonly upheld: Upheld
  readonly people: People
  readonly request: Request
  readonly caller: Caller
  readonly url: URL
  readonly params: Readonly<Record<string, string>>
  /** What every page puts into its head. */
  readonly head: Html
}

/** What the application mounts. Its permission is looked up again when the desk starts: a route without one stops it. */
export interface Route {
  /** A page for members, the API for keys, the widget for visitors of a customer's own site. */
  readonly surface: 'api' | 'page' | 'widget'
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS'
  readonly path: string
  readonly permission: Permission | 'public'
  /** The largest body that it takes; the desk's own bound unless told. */
  readonly bodyBytesMax?: number
  answer(visit: Visit): Promise<Response>
}
