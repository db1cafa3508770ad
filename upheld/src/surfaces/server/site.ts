import type { Caller } from '../../core/ports.ts'
import type { Handler } from './server.ts'

/** A part of the site: answers what is its own, undefined for everything else. */
export type Part = (request: Request, caller: Caller) => Response | undefined | Promise<Response | undefined>

/** The first part that answers, answers; the application takes the rest. */
export function site(parts: readonly Part[], application: Handler): Handler {
  return async (request, caller) => {
    for (const part of parts) {
      const answer = await part(request, caller)
      if (answer !== undefined) return answer
    }
    return application(request, caller)
  }
}
