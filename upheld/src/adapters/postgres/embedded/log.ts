import { closeSync, copyFileSync, fchownSync, openSync, readSync, statSync, truncateSync, writeSync } from 'node:fs'
import type { Account } from './account.ts'

/** The server's log: one file, and one older one, that never grow past a bound. */
export interface ServerLog {
  open(): { readonly fd: number; close(): void }
  note(line: string): void
  size(): number
  /** What was written after `from` bytes, at most the last 64 KiB. */
  since(from: number): string
  /** Cuts it when it has grown too long. */
  trim(): void
}

const bytesMax = 8 * 1024 * 1024
const tailMax = 64 * 1024

/**
 * Written at its end only, so that it can be cut while the server writes. It belongs to the account that Postgres runs
 * as, so that its superuser can be asked for it, as of any other server.
 */
export function serverLog(path: string, account?: Account): ServerLog {
  return Object.freeze({
    open() {
      const fd = openSync(path, 'a', 0o600)
      if (account?.other === true) fchownSync(fd, account.uid, account.gid)
      return { fd, close: () => closeSync(fd) }
    },
    note(line: string) {
      const fd = openSync(path, 'a', 0o600)
      writeSync(fd, `${line}\n`)
      closeSync(fd)
    },
    size: () => sizeOf(path),
    since(from: number) {
      const size = sizeOf(path)
      const start = Math.max(from, size - tailMax)
      if (size <= start) return ''
      const buffer = Buffer.alloc(size - start)
      const fd = openSync(path, 'r')
      const length = readSync(fd, buffer, 0, buffer.length, start)
      closeSync(fd)
      return buffer.toString('utf8', 0, length)
    },
    trim() {
      if (sizeOf(path) <= bytesMax) return
      copyFileSync(path, `${path}.1`)
      truncateSync(path, 0)
    },
  })
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
