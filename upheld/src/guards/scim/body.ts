import { jsonOnce } from '../access/index.ts'
import { refuse } from './errors.ts'

const types = ['application/scim+json', 'application/json']

/** The body of a request, once, bounded. @throws scim.media_type, scim.too_large, scim.bad_syntax */
export async function bodyOf(request: Request, bytesMax: number): Promise<unknown> {
  const [type = ''] = (request.headers.get('content-type') ?? '').toLowerCase().split(';')
  if (!types.includes(type.trim())) throw refuse.media_type()
  const text = await textOf(request, bytesMax)
  try {
    // A name that comes twice is read by each reader in its own way: neither of them is taken.
    return jsonOnce(text)
  } catch (cause) {
    throw refuse.bad_syntax({ detail: 'no JSON, or a name that comes twice', cause })
  }
}

async function textOf({ body }: Request, bytesMax: number): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  if (body !== null) {
    for await (const piece of body) {
      const part: unknown = piece
      if (!(part instanceof Uint8Array)) throw refuse.bad_syntax({ detail: 'no bytes' })
      bytes += part.length
      if (bytes > bytesMax) throw refuse.too_large({ detail: `more than ${bytesMax} bytes` })
      parts.push(part)
    }
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
  } catch (cause) {
    throw refuse.bad_syntax({ detail: 'not UTF-8', cause })
  }
}
