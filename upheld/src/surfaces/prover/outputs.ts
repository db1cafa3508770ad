import { closeSync, lstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { OutputMark, OutputPiece, Outputs } from '../../proof/claims/index.ts'
import { openServerLog, type ServerLog } from './server-log.ts'

/** Bytes that are held at a time. */
const partBytes = 256 * 1024

interface OutputsOptions {
  /** Superuser: asks the server for its log. */
  readonly adminUrl: string
  /** Every file in it is read. */
  readonly folder: string
  /** Files that lie elsewhere, such as the log of a server of our own. */
  readonly files?: readonly string[]
}

/**
 * Everything that a running system writes down as text, read from outside: the files of its logs, with what its processes
 * print, and the log of its database server. Held in memory a part at a time; only what was written since a mark is read.
 */
export function outputsOf({ adminUrl, folder, files = [] }: OutputsOptions): Outputs {
  const paths = (): readonly string[] => [...namesIn(folder).map(name => join(folder, name)), ...files]
  return Object.freeze({
    async mark() {
      const server = await openServerLog(adminUrl)
      try {
        const found = paths().flatMap(path => {
          const end = endOf(path)
          return end === undefined ? [] : [end]
        })
        return { ends: new Map(found), server: await server.mark() }
      } finally {
        await server.close()
      }
    },
    async *pieces(since: OutputMark) {
      yield { store: 'logs', name: folder, ...rightsOf(folder), bytes: nothing } satisfies OutputPiece
      for (const path of paths()) {
        const end = endOf(path)
        if (end === undefined) continue
        const [id, size] = end
        const from = since.ends.get(id) ?? 0
        // Turned over in place: it begins anew.
        yield {
          store: 'logs',
          name: path,
          ...rightsOf(path),
          bytes: () => contents(path, from > size ? 0 : from, size),
        } satisfies OutputPiece
      }
      yield* serverPieces(await openServerLog(adminUrl), since)
    },
  })
}

async function* serverPieces(server: ServerLog, since: OutputMark): AsyncGenerator<OutputPiece> {
  try {
    yield* server.pieces(since.server)
  } finally {
    await server.close()
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

/** Which file it is, whatever it is called by now, and how long. */
function endOf(path: string): readonly [id: string, size: number] | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isFile() === true ? [`${found.dev}:${found.ino}`, found.size] : undefined
}

function rightsOf(path: string): { readonly mode: number } | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found === undefined ? undefined : { mode: found.mode & 0o777 }
}

async function* contents(path: string, from: number, end: number): AsyncGenerator<Uint8Array> {
  const fd = openSync(path, 'r')
  try {
    for (let at = from; at < end;) {
      const part = Buffer.alloc(partBytes)
      const count = readSync(fd, part, 0, partBytes, at)
      if (count === 0) return
      at += count
      yield part.subarray(0, count)
    }
  } finally {
    closeSync(fd)
  }
}
