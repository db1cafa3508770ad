import type { Duplex } from 'node:stream'
import { systemCodeOf } from '../../core/log-values.ts'

/** What was sent and is no request: its bytes are told to nobody. */
export interface Unread {
  readonly status: number
  /** Why, as Node or the system calls it, such as HPE_INVALID_METHOD. */
  readonly system?: string
}

const words: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
}

const statuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/**
 * Answers bytes that no handler can meet, and ends the connection, as Node does when nobody asks it to tell (node:http,
 * event clientError). The error carries the raw bytes: only its code goes on from here.
 */
export function answerUnread(error: unknown, socket: Duplex): Unread | undefined {
  const system = systemCodeOf(error)
  // The other side is gone, which is no request and no fault.
  if (!socket.writable || system === 'ECONNRESET') {
    socket.destroy()
    return undefined
  }
  const status = statuses[system ?? ''] ?? 400
  const headers = 'Connection: close\r\nContent-Length: 0\r\nX-Content-Type-Options: nosniff'
  socket.end(`HTTP/1.1 ${status} ${words[status] ?? ''}\r\n${headers}\r\n\r\n`, () => socket.destroy())
  return { status, ...(system === undefined ? {} : { system }) }
}
