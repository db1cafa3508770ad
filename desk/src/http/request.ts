import { refuse } from '../errors.ts'

/** Readers of what a request brought, as plain values for a schema to judge. A name given twice becomes a list, which no schema takes. */

export function queryOf(url: URL): Record<string, unknown> {
  return collect([...url.searchParams])
}

/** @throws desk.not_json */
export async function jsonOf(request: Request): Promise<unknown> {
  if (request.method === 'GET' || request.method === 'HEAD' || request.method === 'DELETE') return {}
  if (!mediaType(request).startsWith('application/json')) throw refuse.not_json()
  try {
    return await request.json()
  } catch (cause) {
    if (cause instanceof SyntaxError) throw refuse.not_json({ cause })
    throw cause
  }
}

/** @throws desk.not_a_form */
export async function formOf(request: Request): Promise<Record<string, unknown>> {
  if (request.method === 'GET' || request.method === 'HEAD') return {}
  if (!mediaType(request).startsWith('application/x-www-form-urlencoded')) throw refuse.not_a_form()
  return collect([...new URLSearchParams(await request.text())])
}

function mediaType(request: Request): string {
  return (request.headers.get('content-type') ?? '').toLowerCase()
}

function collect(pairs: readonly (readonly [string, string])[]): Record<string, unknown> {
  const grouped = Map.groupBy(pairs, ([name]) => name)
  return Object.fromEntries(
    [...grouped].map(([name, all]) => [name, all.length === 1 ? all[0]?.[1] : all.map(([, value]) => value)]),
  )
}
