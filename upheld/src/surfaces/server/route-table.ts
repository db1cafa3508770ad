import { declare, type Declared } from '../../core/log-values.ts'

/** A route by its pattern: `:name` is one piece of a path, `*` at the end is all that is left. */
export interface RouteName {
  readonly method: string
  readonly path: string
}

interface Entry {
  readonly method: string
  readonly pieces: readonly string[]
  readonly open: boolean
  readonly pattern: Declared
}

/**
 * Finds the pattern of a path. Undefined for what nobody declared: its path is the visitor's own words. It names in a log
 * what an application's own router has answered, whichever that is, and so goes by method first; who answers a page for
 * people is decided in surfaces/people/find.ts, where a path with another method is a refusal.
 */
export function routeTable(routes: readonly RouteName[]): (method: string, pathname: string) => Declared | undefined {
  const byLength = new Map<number, Entry[]>()
  const open: Entry[] = []
  for (const { method, path } of routes) {
    const pieces = path.split('/').slice(1)
    const entry = { method, open: pieces.at(-1) === '*', pattern: declare(path) }
    if (entry.open) open.push({ ...entry, pieces: pieces.slice(0, -1) })
    else byLength.set(pieces.length, [...(byLength.get(pieces.length) ?? []), { ...entry, pieces }])
  }
  return (method, pathname) => {
    const wanted = method === 'HEAD' ? 'GET' : method
    const given = pathname.split('/').slice(1)
    const closed = byLength.get(given.length)?.filter(entry => fits(entry, given)) ?? []
    // A method that nobody declared there is still told by the route: the pattern says nothing of the visitor.
    const found = closed.find(entry => entry.method === wanted) ?? closed[0] ?? open.find(entry => fits(entry, given))
    return found?.pattern
  }
}

function fits({ pieces, open }: Entry, given: readonly string[]): boolean {
  return (
    (open || pieces.length === given.length) &&
    pieces.every((piece, at) => piece.startsWith(':') || piece === given[at])
  )
}
