interface Mounted {
  readonly method: string
  readonly path: string
}

/** Undefined for a path that is nobody's; without a route for one that takes another method. */
interface Found<R> {
  readonly route: R | undefined
  readonly params: Readonly<Record<string, string>>
}

/** Finds a route by method and path: plain paths before those with a `:name`, and both before an open end. */
export function finder<R extends Mounted>(
  routes: readonly R[],
): (method: string, pathname: string) => Found<R> | undefined {
  const patterns = [...new Set(routes.map(({ path }) => path))]
    .toSorted((a, b) => rank(a) - rank(b))
    .map(path => {
      const pieces = path
        .split('/')
        .map(piece =>
          piece.startsWith(':') ? `(?<${piece.slice(1)}>[^/]+)` : piece === '*' ? '.*' : RegExp.escape(piece),
        )
      return { path, form: new RegExp(`^${pieces.join('/')}$`) }
    })
  return (method, pathname) => {
    for (const { path, form } of patterns) {
      const match = form.exec(pathname)
      if (match === null) continue
      const route = routes.find(one => one.path === path && one.method === (method === 'HEAD' ? 'GET' : method))
      return { route, params: { ...match.groups } }
    }
    return undefined
  }
}

function rank(path: string): number {
  return path.endsWith('*') ? 2 : path.includes(':') ? 1 : 0
}
