import { claimPage } from './pages/claim.ts'
import { claimsPage } from './pages/claims.ts'
import { healthPage } from './pages/health.ts'
import { events, orderPage, ordersPage, placeOrder } from './pages/orders.ts'
import { runsPage } from './pages/runs.ts'
import { settingsPage } from './pages/settings.ts'
import type { Answer, Sent, Visit } from './ports.ts'

type Route =
  | { readonly method: 'GET'; readonly path: string; readonly answer: (visit: Visit) => Promise<Answer> | Answer }
  | { readonly method: 'POST'; readonly path: string; readonly answer: (sent: Sent) => Promise<Answer> }

export const consoleRoutes: readonly Route[] = [
  { method: 'GET', path: '/console', answer: claimsPage },
  { method: 'GET', path: '/console/claims/:id', answer: claimPage },
  { method: 'GET', path: '/console/runs', answer: runsPage },
  { method: 'GET', path: '/console/orders', answer: ordersPage },
  { method: 'POST', path: '/console/orders', answer: placeOrder },
  { method: 'GET', path: '/console/orders/:id', answer: orderPage },
  { method: 'GET', path: '/console/orders/:id/events', answer: events },
  { method: 'GET', path: '/console/settings', answer: settingsPage },
  { method: 'GET', path: '/console/health', answer: healthPage },
]

interface Found {
  /** Undefined where the path is one of these and the method is not. */
  readonly route: Route | undefined
  readonly params: Readonly<Record<string, string>>
}

export function findRoute(method: string, pathname: string): Found | undefined {
  let found: Found | undefined
  for (const route of consoleRoutes) {
    const params = paramsOf(route.path, pathname)
    if (params === undefined) continue
    if (route.method === method) return { route, params }
    found ??= { route: undefined, params }
  }
  return found
}

/** Undefined where the path is another one, or is written in a way that is none. */
function paramsOf(pattern: string, pathname: string): Readonly<Record<string, string>> | undefined {
  const [wanted, given] = [pattern.split('/'), pathname.split('/')]
  if (wanted.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [at, part] of wanted.entries()) {
    const text = given[at] ?? ''
    if (!part.startsWith(':')) {
      if (part !== text) return undefined
      continue
    }
    const decoded = decodedOf(text)
    if (decoded === undefined) return undefined
    params[part.slice(1)] = decoded
  }
  return params
}

function decodedOf(text: string): string | undefined {
  try {
    return text === '' ? undefined : decodeURIComponent(text)
  } catch {
    return undefined
  }
}
