import { refuse } from './errors.ts'

/**
 * The request, with a body that ends in an error once it has given more than `bytesMax`. A length that is announced
 * is judged before the first byte.
 * @throws server.body_too_large
 */
export function bounded(request: Request, bytesMax: number): Request {
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw refuse.body_too_large()
  if (request.body === null) return request
  let seen = 0
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      seen += chunk.byteLength
      if (seen > bytesMax) controller.error(refuse.body_too_large())
      else controller.enqueue(chunk)
    },
  })
  return new Request(request, { body: request.body.pipeThrough(counter), duplex: 'half' })
}
