import { UpheldError } from '../../../core/errors.ts'
import { jsonOnce } from '../../../guards/access/index.ts'
import { refuse } from '../errors.ts'
import { bytesOf } from '../reading.ts'

/** What a program sent: JSON in which no name comes twice. @throws pages.bad_json, pages.too_large */
export async function jsonOf(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const [type = ''] = (request.headers.get('content-type') ?? '').toLowerCase().split(';')
  if (type.trim() !== 'application/json') throw refuse.bad_json()
  const bytes = await bytesOf(request)
  try {
    const given = jsonOnce(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) return { ...given }
  } catch (cause) {
    throw refuse.bad_json({ cause })
  }
  throw refuse.bad_json()
}

export type PlainHeaders = Readonly<Record<string, string>>

const kept = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const

export function jsonAnswer(status: number, body: object, headers: PlainHeaders = {}): Response {
  return Response.json(body, { status, headers: { ...kept, ...headers } })
}

/** What was refused, for a program: its code, and the same words that a person would read. */
export function jsonRefusal(thrown: unknown, headers: PlainHeaders = {}): Response {
  if (!(thrown instanceof UpheldError)) throw thrown
  const { status, code, publicMessage, mend, retryAfterMs } = thrown
  return jsonAnswer(
    status,
    { error: { code, says: publicMessage, ...(mend === undefined ? {} : { mend }) } },
    {
      ...headers,
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }),
    },
  )
}
