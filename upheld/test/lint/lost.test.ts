import assert from 'node:assert/strict'
import { createServer, connect, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { connectionRefusal } from '../../src/adapters/postgres/errors.ts'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { Database } from '../../src/core/ports.ts'
import { readCatalogue } from '../../src/foundation/catalogue/index.ts'
import { lint } from '../../src/proof/lint/index.ts'
import { testDatabase, testServer } from '../../src/testing/index.ts'
import { oldServer } from '../e2e/old-server.ts'

/** A database in which somebody holds the list of policies, so that whoever reads it waits. */
async function heldUp(work: (url: string, holder: Database) => Promise<void>): Promise<void> {
  const place = await testDatabase(await testServer())
  const holder = openDatabase(place.adminUrl)
  try {
    await holder.transaction(async tx => {
      await tx.query('lock table pg_catalog.pg_policy in access exclusive mode')
      await work(place.adminUrl, holder)
    })
  } finally {
    await holder.close()
    await place.drop()
  }
}

async function untilWaiting(holder: Database): Promise<number> {
  for (;;) {
    const { rows } = await holder.query(
      "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ~ 'pg_policy'",
    )
    const pid = rows[0]?.['pid']
    if (typeof pid === 'number') return pid
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

test('a section that takes too long is unseen, and the others are read', () =>
  heldUp(async url => {
    const database = openDatabase(url)
    try {
      const catalogue = await readCatalogue(database, { statementTimeoutMs: 300 })
      assert.deepEqual(catalogue.unseen, [
        { section: 'policies', why: 'The server took longer than the statement timeout.' },
      ])
      assert.ok(catalogue.roles.length > 0)
    } finally {
      await database.close()
    }
  }))

test('a connection that is lost in the middle is one clear error', () =>
  heldUp(async (url, holder) => {
    const database = openDatabase(url)
    try {
      const reading = readCatalogue(database)
      const refused = assert.rejects(reading, { code: 'catalogue.connection_lost' })
      await holder.query('select pg_terminate_backend($1)', [await untilWaiting(holder)])
      await refused
    } finally {
      await database.close()
    }
  }))

/** Passes everything on until it is told to stop, and then nothing, with the connection open. */
async function silentProxy(port: number): Promise<{ readonly port: number; fallSilent(): void; close(): void }> {
  let silent = false
  const server = createServer(near => {
    const far = connect(port, '127.0.0.1')
    const quit = (): void => {
      near.destroy()
      far.destroy()
    }
    near
      .on('data', chunk => silent || far.write(chunk))
      .on('error', quit)
      .on('close', quit)
    far
      .on('data', chunk => silent || near.write(chunk))
      .on('error', quit)
      .on('close', quit)
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  const address = server.address() satisfies AddressInfo | string | null
  assert.ok(address !== null && typeof address === 'object')
  return {
    port: address.port,
    fallSilent: () => void (silent = true),
    close: () => void server.close(),
  }
}

test('a server that stops answering is one clear error, and nothing hangs', () =>
  heldUp(async (url, holder) => {
    const place = new URL(url)
    const proxy = await silentProxy(Number(place.port))
    place.host = `127.0.0.1:${proxy.port}`
    const database = openDatabase(place.href, { answerMsMax: 1500 })
    try {
      const refused = assert.rejects(readCatalogue(database), { code: 'catalogue.no_answer' })
      await untilWaiting(holder)
      proxy.fallSilent()
      await refused
    } finally {
      await database.close()
      proxy.close()
    }
  }))

test('a server that is too old says so; nobody at the address is told as the driver says it', async () => {
  const old = await oldServer('14.9', 14)
  const database = openDatabase(`postgres://somebody:pass@127.0.0.1:${old.port}/postgres`)
  try {
    await assert.rejects(readCatalogue(database), { code: 'catalogue.too_old', message: /14/ })
  } finally {
    await database.close()
    old.close()
  }
  const url = `postgres://somebody:secret@127.0.0.1:${old.port}/postgres`
  const nobody = openDatabase(url)
  try {
    await assert.rejects(lint(nobody), thrown => {
      const refusal = connectionRefusal(thrown, url)
      assert.equal(refusal?.code, 'postgres.no_server')
      assert.doesNotMatch(String(refusal), /secret/)
      return true
    })
  } finally {
    await nobody.close()
  }
})
