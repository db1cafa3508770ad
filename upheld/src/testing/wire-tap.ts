import { connect, createServer, type AddressInfo } from 'node:net'

/** What went over the wire since the last look. */
export interface WireCount {
  /** Messages of the frontend, by the letter of the protocol: P parse, B bind, E execute, S sync, Q simple query … */
  readonly sent: Readonly<Record<string, number>>
  /** Times that the client spoke after the server had answered. */
  readonly roundTrips: number
}

export interface WireTap {
  /** The given URL, through the tap. */
  readonly url: string
  /** Counts since the last call, and starts anew. */
  take(): WireCount
  close(): Promise<void>
}

/** A listener between a client and Postgres that counts and changes nothing. Plain connections only, no TLS. */
export async function tapWire(url: string): Promise<WireTap> {
  const target = new URL(url)
  let sent: Record<string, number> = {}
  let roundTrips = 0
  const server = createServer(client => {
    const upstream = connect(Number(target.port), target.hostname)
    const messages = frontendMessages()
    let answered = true
    client.on('data', (chunk: Buffer) => {
      for (const letter of messages(chunk)) sent[letter] = (sent[letter] ?? 0) + 1
      if (answered) roundTrips++
      answered = false
      upstream.write(chunk)
    })
    upstream.on('data', chunk => {
      answered = true
      client.write(chunk)
    })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const tapped = new URL(url)
  tapped.hostname = '127.0.0.1'
  tapped.port = String(portOf(server.address()))
  return Object.freeze({
    url: tapped.href,
    take() {
      const count = { sent, roundTrips }
      sent = {}
      roundTrips = 0
      return count
    },
    close: () => new Promise<void>(resolve => server.close(() => resolve())),
  })
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('broken invariant: a TCP server has a port')
  return address.port
}

/** Letters of the messages that a chunk completes. The first message of a connection has no letter: it is the startup. */
function frontendMessages(): (chunk: Buffer) => string[] {
  let rest = Buffer.alloc(0)
  let started = false
  return chunk => {
    rest = Buffer.concat([rest, chunk])
    const letters: string[] = []
    for (;;) {
      const head = started ? 1 : 0
      if (rest.length < head + 4) return letters
      const size = head + rest.readInt32BE(head)
      if (rest.length < size) return letters
      if (started) letters.push(String.fromCharCode(rest[0] ?? 0))
      started = true
      rest = rest.subarray(size)
    }
  }
}
