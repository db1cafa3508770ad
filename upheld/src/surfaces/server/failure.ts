import { randomUUID } from 'node:crypto'
import { html } from 'hono/html'
import { messageOf, UpheldError } from '../../core/errors.ts'
import { refuse } from './errors.ts'

/** One failed request, for the operator. Holds no header and no body; the address without its query. */
export interface Failure {
  readonly reference: string
  readonly method: string
  readonly path: string
  readonly code: string
  readonly status: number
  readonly detail: string
}

/** The answer to a request whose handler threw, and what the operator is told. The visitor gets code and reference, never more. */
export async function failureAnswer(
  request: Request,
  thrown: unknown,
): Promise<{ response: Response; failure: Failure }> {
  const error = thrown instanceof UpheldError ? thrown : refuse.unexpected({ cause: thrown })
  const reference = randomUUID()
  const failure: Failure = {
    reference,
    method: request.method,
    path: new URL(request.url).pathname,
    code: error.code,
    status: error.status,
    detail: error.detail ?? (error.cause === undefined ? '' : messageOf(error.cause)),
  }
  return { failure, response: await answer(request, error, reference) }
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
