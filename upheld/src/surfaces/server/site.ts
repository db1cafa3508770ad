import type { Handler } from './server.ts'

/** Where each part of the site begins. The first that fits answers; the application takes the rest. */
export type Route = readonly [prefix: string, handle: Handler]

/** `/security` and everything below it, but not `/securityguard`. */
function reaches(prefix: string, path: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}

export function site(routes: readonly Route[], application: Handler): Handler {
  return request => {
    const { pathname } = new URL(request.url)
    const found = routes.find(([prefix]) => reaches(prefix, pathname))
    return (found?.[1] ?? application)(request)
  }
}
