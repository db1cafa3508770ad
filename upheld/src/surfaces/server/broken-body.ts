import { refuse } from './errors.ts'

/**
 * The same answer, whose body, when it breaks off, breaks off with an error of ours. What an application's stream throws
 * would otherwise be printed by the HTTP layer, and written to the visitor behind the words "Error:".
 */
export function unbroken(response: Response, onBroken: (thrown: unknown) => void): Response {
  if (response.body === null) return response
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader()
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) controller.close()
          else controller.enqueue(value)
        } catch (thrown) {
          onBroken(thrown)
          controller.error(refuse.broken_off())
        }
      },
      cancel: reason => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  const { status, statusText, headers } = response
  return new Response(body, { status, statusText, headers })
}
