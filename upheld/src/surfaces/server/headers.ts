import { pageHeaders } from '../look/index.ts'

/**
 * What every answer carries, errors too. A page that sets one of them itself, such as a policy with its own hashes,
 * keeps its own. HSTS is left to whoever ends TLS: this server speaks plain HTTP on loopback or behind a proxy.
 */
const defaults = Object.entries(pageHeaders({ forms: 'self' }))

/** The same answer, with what it lacked. An answer may be immutable, so it is made anew. */
export function secured(response: Response): Response {
  const headers = new Headers(response.headers)
  for (const [name, value] of defaults) if (!headers.has(name)) headers.set(name, value)
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}
