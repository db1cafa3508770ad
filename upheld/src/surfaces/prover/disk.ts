import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { z } from 'zod'
import { openDatabase } from '../../adapters/postgres/database.ts'
import type { Database } from '../../core/ports.ts'
import type { Disk, RawPiece } from '../../proof/claims/index.ts'

/** Bytes that are asked of the server at a time. */
const partBytes = 4 * 1024 * 1024
/** Rows of a dump that are held at a time. */
const dumpRows = 500

/** A file, from where and up to where it is read. */
const part = z.object({ name: z.string(), start: z.coerce.number(), end: z.coerce.number() })
type Part = z.infer<typeof part>
const table = z.object({ label: z.string() })
/** Where the write-ahead log stands, and the time by the clock of the files. */
const moment = z.object({ segment: z.string(), start: z.int(), time: z.date() })
type Moment = z.infer<typeof moment>

/**
 * What a thief of the disks and of a backup would hold, read through the server itself, so that it works on any machine:
 * the files of this database and the write-ahead log since a moment, and every row of every table as a dump writes it.
 * Needs a superuser.
 */
export function diskOf(adminUrl: string, objectFolder?: string): Disk {
  return Object.freeze({
    async watch() {
      const admin = openDatabase(adminUrl, { connectionsMax: 1, name: 'upheld-disk', idleMsMax: 0 })
      try {
        await holdLog(admin)
        const since = await now(admin)
        return {
          async *pieces() {
            yield* piecesOf(admin, since)
            if (objectFolder !== undefined) yield* objectsIn(objectFolder, since)
          },
          close: () => admin.close(),
        }
      } catch (error) {
        await admin.close()
        throw error
      }
    },
  })
}

/**
 * A checkpoint, anybody's, lets go of the log before it; a slot that this session alone has keeps it, and ends with it.
 * A server that has no slot to give is read all the same: what was let go of is missed by the probe's own control.
 */
async function holdLog(admin: Database): Promise<void> {
  const name = `upheld_disk_${randomBytes(4).toString('hex')}`
  const text = 'select pg_create_physical_replication_slot($1, immediately_reserve => true, temporary => true)'
  await admin.query(text, [name]).catch(() => undefined)
}

/** Every file of the store of objects that is younger than the mark. */
async function* objectsIn(folder: string, { time }: Moment): AsyncGenerator<RawPiece> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of files) {
    const path = join(entry.parentPath, entry.name)
    const found = entry.isFile() ? await stat(path).catch(() => undefined) : undefined
    if (found === undefined || found.mtimeMs < time.getTime()) continue
    yield { store: 'objects', name: relative(folder, path), bytes: () => createReadStream(path) }
  }
}

async function now(admin: Database): Promise<Moment> {
  const { rows } = await admin.query(
    `select file_name as segment, file_offset as start, clock_timestamp() - interval '1 second' as time
     from pg_walfile_name_offset(pg_current_wal_insert_lsn())`,
  )
  return moment.parse(rows[0])
}

/** Commits that do not wait for the disk, as of a login that is set so, are on it then as well. */
async function flushLog(admin: Database): Promise<void> {
  await admin.transaction(async tx => {
    await tx.query('set local synchronous_commit = on')
    await tx.query("select pg_logical_emit_message(true, 'upheld', '')")
  })
}

async function* piecesOf(admin: Database, { segment, start, time }: Moment): AsyncGenerator<RawPiece> {
  await flushLog(admin)
  // The log first: a checkpoint lets go of what is before it. A segment is a file that was used before: past the end of
  // the log stands what was written long ago. At the very end of a segment the server gives 0 for where it is.
  const { rows: segments } = await admin.query(
    `select 'pg_wal/' || name as name, case name when $1 then $2 else 0 end as start,
       case name when file_name then coalesce(nullif(file_offset, 0), size) else size end as "end"
     from pg_ls_waldir() cross join pg_walfile_name_offset(pg_current_wal_insert_lsn())
     where name ~ '^[0-9A-F]{24}$' and name >= $1 and name <= file_name order by name`,
    [segment, start],
  )
  for (const one of z.array(part).parse(segments)) yield piece(admin, 'write-ahead log', one)
  // Pages that were changed in memory go to their files, and only those files are younger than the mark.
  await admin.query('checkpoint')
  const { rows: files } = await admin.query(
    `select path as name, 0 as start, (f).size as "end" from (
       select d.folder || '/' || name as path, pg_stat_file(d.folder || '/' || name, true) as f
       from (select 'base/' || oid as folder from pg_database where datname = current_database()) d
       cross join lateral pg_ls_dir(d.folder, true, false) as name
     ) one where not (f).isdir and (f).modification >= $1::timestamptz order by path`,
    [time],
  )
  for (const one of z.array(part).parse(files)) yield piece(admin, 'database files', one)
  const { rows: tables } = await admin.query(
    `select c.oid::regclass::text as label from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1`,
  )
  for (const { label } of z.array(table).parse(tables)) {
    yield { store: 'dump', name: label, bytes: () => dumped(admin, label) }
  }
}

function piece(admin: Database, store: RawPiece['store'], one: Part): RawPiece {
  return { store, name: one.name, bytes: () => contents(admin, one) }
}

async function* contents(admin: Database, { name, start, end }: Part): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += partBytes) {
    const length = Math.min(partBytes, end - at)
    const { rows } = await admin.query('select pg_read_binary_file($1, $2, $3, true) as bytes', [name, at, length])
    const bytes: unknown = rows[0]?.['bytes']
    // Gone meanwhile, as a table that was dropped.
    if (!(bytes instanceof Uint8Array)) return
    yield bytes
  }
}

/** Every row as its text, through a cursor: what a dump of the table would hold. */
async function* dumped(admin: Database, label: string): AsyncGenerator<Uint8Array> {
  await admin.query('begin')
  try {
    await admin.query(`declare dumped no scroll cursor for select t::text as line from ${label} t`)
    for (;;) {
      const { rows } = await admin.query(`fetch ${dumpRows} from dumped`)
      if (rows.length === 0) return
      yield Buffer.from(rows.map(row => String(row['line'])).join('\n'))
    }
  } finally {
    await admin.query('rollback')
  }
}
