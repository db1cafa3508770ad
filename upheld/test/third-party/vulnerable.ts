import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A web application with a hole: what stands in the address becomes part of a statement. For tests alone. */
export interface Vulnerable {
  /** The route, with its parameter, such as http://127.0.0.1:1/a/visits?note= */
  readonly route: (who: string) => string
  readonly requests: () => number
  close(): Promise<void>
}

/** Runs one statement for whoever asks, in whatever way the application says whose request it is. */
type Run = (who: string, text: string) => Promise<readonly object[]>

/**
 * GET /<who>/visits?note=<text> answers with the visits of one organization that have this note. Rows come as JSON,
 * errors as the server said them: the worst that an application can do. Loopback only.
 */
export async function openVulnerable(run: Run): Promise<Vulnerable> {
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    void answer(run, request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = addressOf(server.address())
  return Object.freeze({
    route: (who: string) => `http://127.0.0.1:${port}/${who}/visits?note=`,
    requests: () => requests,
    close: () =>
      new Promise<void>(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  })
}

async function answer(run: Run, request: IncomingMessage): Promise<{ status: number; body: string }> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const who = url.pathname.split('/')[1] ?? ''
  const note = url.searchParams.get('note') ?? ''
  try {
    // The hole.
    const rows = await run(who, `select id, note from clinic.visit where note = '${note}' order by id`)
    return { status: 200, body: JSON.stringify(rows) }
  } catch (error) {
    const parts = ['message', 'detail', 'hint', 'where'].map(name => {
      const said: unknown = error instanceof Error ? Reflect.get(error, name) : ''
      return said
    })
    return { status: 500, body: JSON.stringify(parts) }
  }
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('a port is expected')
  return address
}
