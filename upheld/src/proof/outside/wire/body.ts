import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

export interface Body {
  /** As Latin-1 would not lose a byte and UTF-8 would: what is looked for is ASCII, so UTF-8 with replacements will do. */
  readonly text: string
  /** Why the rest is missing; absent when all of it was read. */
  readonly cut?: string
}

/** Reads at most `bytesMax` of what the body unpacks to. Never rejects: a body that breaks off is cut. */
export function readBody(response: IncomingMessage, bytesMax: number): Promise<Body> {
  const parts: Buffer[] = []
  let bytes = 0
  const source = unpacked(response)
  if (source === undefined) {
    response.destroy()
    return Promise.resolve({ text: '', cut: 'it is packed in a way that we do not read' })
  }
  return new Promise(resolve => {
    const end = (cut?: string): void => {
      const text = Buffer.concat(parts).toString('utf8')
      resolve(cut === undefined ? { text } : { text, cut })
      source.destroy()
      response.destroy()
    }
    source.on('data', (part: Buffer) => {
      parts.push(part.subarray(0, bytesMax - bytes))
      bytes += part.length
      if (bytes > bytesMax) end(`it is larger than ${bytesMax} bytes`)
    })
    source.on('end', () => end())
    source.on('error', () => end('it cannot be unpacked'))
    // The time was up, or the server broke off. After an end this settles nothing.
    response.on('close', () => {
      if (!response.complete) end('it did not come to an end in time')
    })
    response.on('error', () => end('it broke off'))
  })
}

function unpacked(response: IncomingMessage): Readable | undefined {
  switch ((response.headers['content-encoding'] ?? 'identity').trim().toLowerCase()) {
    case '':
    case 'identity':
      return response
    case 'gzip':
    case 'x-gzip':
      return response.pipe(createGunzip())
    case 'deflate':
      return response.pipe(createInflate())
    case 'br':
      return response.pipe(createBrotliDecompress())
    default:
      return undefined
  }
}
