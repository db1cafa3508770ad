import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { openDatabase } from '../../adapters/postgres/database.ts'
import { pause } from '../../core/clock.ts'
import type { Database } from '../../core/ports.ts'
import { cannotProbe, type OutputPiece, type ServerLogMark } from '../../proof/claims/index.ts'

export interface ServerLog {
  mark(): Promise<ServerLogMark>
  pieces(since: ServerLogMark): AsyncGenerator<OutputPiece>
  close(): Promise<void>
}

const partBytes = 256 * 1024
const stepMs = 50
const stepsMax = 100

/** Its file, where it is kept; and what the server writes to its standard error, where that is a file. */
const placesSql = `
  select path, (pg_catalog.pg_stat_file(path, true)).size as bytes
  from (
    select distinct pg_catalog.pg_current_logfile(kind) as path from unnest(array['stderr', 'csvlog', 'jsonlog']) as kind
    where pg_catalog.current_setting('logging_collector') = 'on'
    union all
    select '/proc/self/fd/2' where pg_catalog.current_setting('logging_collector') = 'off'
      and 'stderr' = any (string_to_array(replace(pg_catalog.current_setting('log_destination'), ' ', ''), ','))
  ) one where path is not null`

const place = z.object({ path: z.string(), bytes: z.coerce.number().nullable() })

/**
 * The log of a database server, through the server itself. What it is read from is only believed when a line that we
 * have the server write comes out of it. Where it goes to a pipe, a journal or another host nothing can be read.
 */
export async function openServerLog(adminUrl: string): Promise<ServerLog> {
  const admin = openDatabase(adminUrl, { connectionsMax: 1, name: 'upheld-outputs' })
  // A server that logs every statement would log each look at its log, which would then never end.
  await admin.query("set log_min_messages = 'fatal'; set log_statement = 'none'")
  return Object.freeze({
    async mark() {
      return new Map((await places(admin)).map(({ path, bytes }) => [path, bytes]))
    },
    async *pieces(since: ServerLogMark) {
      if (since.size === 0) return
      const sign = await leaveSign(admin)
      for (const { path, bytes } of await awaitSign(admin, since, sign)) {
        const from = since.get(path) ?? 0
        yield { store: 'server log', name: path, bytes: () => contents(admin, path, from, bytes) } satisfies OutputPiece
      }
    },
    close: () => admin.close(),
  })
}

/** A pipe or a device has no size, and reading it would take from somebody else or never end. */
async function places(admin: Database): Promise<readonly { readonly path: string; readonly bytes: number }[]> {
  const { rows } = await admin.query(placesSql).catch(() => ({ rows: [] }))
  const found: { path: string; bytes: number }[] = []
  for (const { path, bytes } of z.array(place).parse(rows)) {
    if (bytes === null || bytes === 0) continue
    const open = await admin.query('select pg_catalog.pg_read_binary_file($1, 0, 1)', [path]).then(
      () => true,
      () => false,
    )
    if (open) found.push({ path, bytes })
  }
  return found
}

/** One line in the server's log. A log that takes no line of a superuser is one that we cannot look into. */
async function leaveSign(admin: Database): Promise<string> {
  const sign = `upheld looks here ${randomBytes(9).toString('hex')}`
  await admin.transaction(async tx => {
    await tx.query('set local log_min_messages = log')
    await tx.query(`do $$ begin raise log '${sign}'; end $$`)
  })
  return sign
}

/** The files by now, once the sign has come out of one of them. A new one since the mark is read from its beginning. */
async function awaitSign(
  admin: Database,
  since: ServerLogMark,
  sign: string,
): Promise<readonly { readonly path: string; readonly bytes: number }[]> {
  const wanted = Buffer.from(sign)
  for (let step = 0; step < stepsMax; step += 1) {
    const now = await places(admin)
    const old = [...since.keys()]
      .filter(path => !now.some(one => one.path === path))
      .map(path => ({ path, bytes: Number.MAX_SAFE_INTEGER }))
    for (const { path, bytes } of now) {
      const from = since.get(path) ?? 0
      if (bytes < from) throw cannotProbe('The log of the database server was cut while it was looked at.')
      if (await holds(contents(admin, path, from, bytes), wanted)) return [...old, ...now]
    }
    await pause(stepMs)
  }
  throw cannotProbe('What the database server is told to log does not come out of the file that it names.')
}

async function holds(parts: AsyncIterable<Uint8Array>, wanted: Buffer): Promise<boolean> {
  let tail = Buffer.alloc(0)
  for await (const part of parts) {
    const window = Buffer.concat([tail, part])
    if (window.includes(wanted)) return true
    tail = window.subarray(-wanted.byteLength)
  }
  return false
}

async function* contents(admin: Database, path: string, from: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < end;) {
    const { rows } = await admin.query('select pg_catalog.pg_read_binary_file($1, $2, $3, true) as bytes', [
      path,
      at,
      partBytes,
    ])
    const bytes: unknown = rows[0]?.['bytes']
    if (!(bytes instanceof Uint8Array) || bytes.byteLength === 0) return
    at += bytes.byteLength
    yield bytes
  }
}
