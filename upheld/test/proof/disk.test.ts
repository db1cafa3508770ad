import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { pause } from '../../src/core/clock.ts'
import { diskOf } from '../../src/surfaces/prover/disk.ts'
import { testDatabase, testServer } from '../../src/testing/index.ts'

async function storesThatShow(
  pieces: AsyncIterable<{ store: string; bytes(): AsyncIterable<Uint8Array> }>,
  text: string,
) {
  const stores = new Set<string>()
  for await (const piece of pieces) {
    const parts: Uint8Array[] = []
    for await (const part of piece.bytes()) parts.push(part)
    if (Buffer.concat(parts).includes(text)) stores.add(piece.store)
  }
  return stores
}

test('what was written and deleted is found in the log of the server, whatever checkpoints lie between', async () => {
  const place = await testDatabase(await testServer())
  const admin = openDatabase(place.adminUrl, { connectionsMax: 1 })
  const slots = async (names: readonly unknown[] | null): Promise<readonly unknown[]> => {
    const { rows } = await admin.query(
      `select slot_name from pg_replication_slots s left join pg_stat_activity a on a.pid = s.active_pid
       where case when $1::text[] is null then a.datname = current_database() else slot_name = any($1) end`,
      [names],
    )
    return rows.map(row => row['slot_name'])
  }
  const watch = await diskOf(place.adminUrl).watch()
  const marker = `marker-${randomBytes(12).toString('hex')}`
  try {
    await admin.query('create table note (text text)')
    await admin.query('insert into note values ($1), ($1), ($1)', [marker])
    await admin.query('delete from note')
    await admin.query('vacuum full note')
    // Twice: the log before a checkpoint is let go of at the next one.
    for (let n = 0; n < 2; n++) {
      await admin.query('select pg_switch_wal()')
      await admin.query('checkpoint')
    }
    const stores = await storesThatShow(watch.pieces(), marker)
    // The files of the table may hold it too, for as long as somebody else, an autovacuum it may be, could still see it.
    assert.ok(stores.has('write-ahead log'), `it was found in: ${[...stores].join(', ') || 'nothing'}`)
    const held = await slots(null)
    assert.equal(held.length, 1)
    await watch.close()
    const patience = AbortSignal.timeout(20_000)
    while ((await slots(held)).length > 0 && !patience.aborted) await pause(50, patience)
    assert.deepEqual(await slots(held), [], 'nothing keeps the log any more')
  } finally {
    await admin.close()
    await place.drop()
  }
})
