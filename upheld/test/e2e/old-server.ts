import { createServer } from 'node:net'

/** One message of the Postgres protocol: its type, its length, its body. */
function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

function int(bytes: 2 | 4, value: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  buffer.writeIntBE(value, 0, bytes)
  return buffer
}

const text = (value: string): Buffer => Buffer.from(`${value}\0`)
const ready = message('Z', Buffer.from('I'))
const field = (name: string): Buffer =>
  Buffer.concat([text(name), int(4, 0), int(2, 0), int(4, 25), int(2, -1), int(4, -1), int(2, 0)])
const cell = (value: string): Buffer => Buffer.concat([int(4, value.length), Buffer.from(value)])

/** A socket that speaks the protocol as a server of the year 2020 would, and says so. Such a server is not to be had here. */
export function oldServer(release: string, major: number): Promise<{ readonly port: number; close(): void }> {
  const hello = Buffer.concat([
    message('R', int(4, 0)),
    message('S', text('server_version'), text(release)),
    message('K', int(4, 1), int(4, 1)),
    ready,
  ])
  const answer = Buffer.concat([
    message('T', int(2, 2), field('name'), field('major')),
    message('D', int(2, 2), cell(release), cell(String(major))),
    message('C', text('SELECT 1')),
    ready,
  ])
  const server = createServer(socket => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => {
      socket.write(hello)
      socket.on('data', chunk => {
        if (chunk[0] === 'Q'.charCodeAt(0)) socket.write(answer)
      })
    })
  })
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      resolve({ port, close: () => void server.close() })
    })
  })
}
