import { UpheldError } from '../../core/errors.ts'
import { refuse } from './errors.ts'

/**
 * The request, with a body that ends in an error once it has given more than `bytesMax`, or when whoever sends it is gone.
 * A length that is announced is judged before the first byte.
 * @throws server.body_too_large; reading it throws server.gone as well
 */
export function bounded(request: Request, bytesMax: number): Request {
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw refuse.body_too_large()
  if (request.body === null) return request
  return new Request(request, { body: ReadableStream.from(upTo(request.body, bytesMax)), duplex: 'half' })
}

async function* upTo(body: ReadableStream<Uint8Array>, bytesMax: number): AsyncGenerator<Uint8Array> {
  let seen = 0
  try {
    for await (const chunk of body) {
      seen += chunk.byteLength
      if (seen > bytesMax) throw refuse.body_too_large()
      yield chunk
    }
  } catch (thrown) {
    throw thrown instanceof UpheldError ? thrown : refuse.gone({ cause: thrown })
  }
}
