import { connect, createServer, type Socket } from 'node:net'

/** A listener between a client and Postgres that writes down the statements, and may break off. Plain connections only. */
interface Relay {
  readonly url: string
  /** Text of every Query and Parse message, in order. */
  readonly statements: readonly string[]
  close(): Promise<void>
}

/** Breaks off, as a server that restarts does, when the statement of this place was sent; never when undefined. */
export async function openRelay(url: string, breaksAt?: number): Promise<Relay> {
  const target = new URL(url)
  const statements: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const upstream = connect(Number(target.port), target.hostname)
    const read = statementsOf()
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
    }
    client.on('data', (chunk: Buffer) => {
      statements.push(...read(chunk))
      if (breaksAt !== undefined && statements.length > breaksAt) {
        client.resetAndDestroy()
        upstream.destroy()
      } else upstream.write(chunk)
    })
    upstream.on('data', chunk => client.write(chunk))
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const relayed = new URL(url)
  relayed.hostname = '127.0.0.1'
  relayed.port = String(typeof address === 'object' ? address?.port : '')
  return {
    url: relayed.href,
    statements,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** The first message has no letter; each other one is a letter, a length, and its body. */
function statementsOf(): (chunk: Buffer) => string[] {
  let held = Buffer.alloc(0)
  let started = false
  return chunk => {
    held = Buffer.concat([held, chunk])
    const found: string[] = []
    for (;;) {
      const head = started ? 1 : 0
      if (held.length < head + 4) return found
      const end = head + held.readInt32BE(head)
      if (held.length < end) return found
      const [letter, body] = [String.fromCharCode(held[0] ?? 0), held.subarray(head + 4, end)]
      if (started && letter === 'Q') found.push(body.toString('utf8').replace(/\0$/, ''))
      if (started && letter === 'P') found.push(body.toString('utf8').split('\0')[1] ?? '')
      started = true
      held = held.subarray(end)
    }
  }
}
