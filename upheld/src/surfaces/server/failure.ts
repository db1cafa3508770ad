import { html } from 'hono/html'
import { UpheldError } from '../../core/errors.ts'
import { newReference, systemCodeOf, type Declared } from '../../core/log-values.ts'
import { refuse } from './errors.ts'

/**
 * One failed request, for whoever writes it down. `pathname` and `thrown` hold what the visitor sent: the first is there
 * to find the route by, the second to find the place in the code. Neither is for a log.
 */
export interface Failure {
  readonly reference: Declared
  readonly method: string
  readonly pathname: string
  readonly code: string
  readonly status: number
  readonly thrown: unknown
}

/** The answer to a request whose handler threw, and what the operator is told. The visitor gets code and reference, never more. */
export async function failureAnswer(
  request: Request,
  thrown: unknown,
): Promise<{ response: Response; failure: Failure }> {
  const error = thrown instanceof UpheldError ? thrown : foreign(thrown)
  const reference = newReference()
  const { pathname } = new URL(request.url)
  const { code, status } = error
  const failure: Failure = { reference, method: request.method, pathname, code, status, thrown }
  return { failure, response: await answer(request, error, reference.text) }
}

/** Postgres keeps no NUL and nothing that is no UTF-8 in a text: whatever field it came in by, it was not ours. */
const noText = ['22021', '22P05']

function foreign(thrown: unknown): UpheldError {
  const make = noText.includes(systemCodeOf(thrown) ?? '') ? refuse.no_text : refuse.unexpected
  return make({ cause: thrown })
}

async function answer(request: Request, error: UpheldError, reference: string): Promise<Response> {
  const { status, code, publicMessage } = error
  const headers = { 'cache-control': 'no-store' }
  if (request.headers.get('accept')?.includes('text/html') !== true) {
    return Response.json({ error: { code, message: publicMessage, reference } }, { status, headers })
  }
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${publicMessage}</title>
      </head>
      <body>
        <h1>${publicMessage}</h1>
        <p>If you write to us about it, please name this reference: <code>${reference}</code> (${code})</p>
      </body>
    </html>`
  return new Response(page.toString(), { status, headers: { ...headers, 'content-type': 'text/html; charset=utf-8' } })
}
