import { faultOf } from '../../adapters/log/index.ts'
import type { Log } from '../../core/log.ts'
import { routeTable, type RouteName } from './route-table.ts'
import type { Failure } from './failure.ts'
import type { ServerOptions } from './server.ts'

type Told = Required<Pick<ServerOptions, 'onAnswered' | 'onFailure' | 'onUnread'>>

/**
 * What a server tells of its requests, as lines of a log: one for each answer, one more for each that failed. `say` gets
 * the failure in words for the person at the terminal, with no more in it than the log has.
 */
export function requestLog(log: Log, routes: readonly RouteName[], say: (line: string) => void): Told {
  const find = routeTable(routes)
  return {
    onAnswered({ method, pathname, status, durationMs, failure }) {
      const { code, reference } = failure ?? {}
      const route = find(method, pathname)
      log.write('request.answered', { method, route, status, duration_ms: durationMs, code, reference })
    },
    onFailure(failure) {
      const { method, pathname, status, code, reference, thrown } = failure
      const route = find(method, pathname)
      log.write('request.failed', { method, route, status, code, reference, ...faultOf(thrown) })
      // What was refused for what the client sent is nobody's trouble at the terminal.
      if (status >= 500) say(failureLine(failure, route?.text ?? 'a route that nobody declared'))
    },
    onUnread: ({ status, system }) => log.write('request.unread', { status, system }),
  }
}

function failureLine({ method, code, reference, thrown }: Failure, route: string): string {
  const { fault, system, at } = faultOf(thrown)
  const kind = [fault, system].filter(word => word !== undefined).join(' ')
  const place = at[0] === undefined ? '' : ` at ${at[0].text}`
  return `${method} ${route} failed: ${code}, reference ${reference.text} (${kind}${place})`
}
