import type { UpheldError } from '../../core/errors.ts'
import { pageHeaders } from '../look/index.ts'

const safe = { ...pageHeaders({ forms: 'none' }), 'cache-control': 'no-store' }

export function json(body: unknown, status = 200, text = JSON.stringify(body)): Response {
  return new Response(text, { status, headers: { ...safe, 'content-type': 'application/json; charset=utf-8' } })
}

export function nothing(): Response {
  return new Response(null, { status: 204, headers: safe })
}

export function page(markup: string, status: number): Response {
  return new Response(markup, { status, headers: { ...safe, 'content-type': 'text/html; charset=utf-8' } })
}

/** A refusal for programs: the code, and words that name nobody. */
export function refusalJson({ code, publicMessage, status, mend, retryAfterMs }: UpheldError): Response {
  const error = { code, message: mend === undefined ? publicMessage : `${publicMessage} ${mend}` }
  const answer = json({ error }, status)
  if (status === 429 || status === 503)
    answer.headers.set('retry-after', String(Math.max(1, Math.ceil((retryAfterMs ?? 60_000) / 1000))))
  return answer
}
