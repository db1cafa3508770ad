import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { after, before, test } from 'node:test'
import { testDatabase, testServer, type TestDatabase } from '../../testing/server.ts'
import { openDatabase } from './database.ts'
import { addressOf, connectionRefusal } from './errors.ts'

const password = 's3cret-that-nobody-prints'
let database: TestDatabase
let role: string

before(async () => {
  database = await testDatabase(await testServer())
  role = `test_${randomBytes(6).toString('hex')}`
  await admin(`create role ${role} login password '${password}'`)
})
after(async () => {
  await admin(`drop role ${role}`)
  await database.drop()
})

async function admin(statement: string): Promise<void> {
  const db = openDatabase(database.adminUrl, { connectionsMax: 1 })
  await db.query(statement)
  await db.close()
}

/** The code that a failed connection comes to; its texts never hold the password. */
async function refusalOf(url: string): Promise<string | undefined> {
  const thrown: unknown = await connect(url)
  const refusal = connectionRefusal(thrown, url)
  assert.ok(refusal, String(thrown))
  for (const text of [refusal.message, refusal.detail ?? '', refusal.stack ?? ''])
    assert.ok(!text.includes(password), text)
  return refusal.code
}

async function connect(url: string): Promise<unknown> {
  try {
    const db = openDatabase(url, { connectionsMax: 1 })
    try {
      return (await db.query('select 1')).rowCount
    } finally {
      await db.close()
    }
  } catch (thrown) {
    return thrown
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return address.port
}

function changed(change: (url: URL) => void): string {
  const url = new URL(database.urlFor(role, password))
  change(url)
  return url.href
}

test('nothing listens at the address', async () => {
  const server = createServer()
  const port = await listen(server)
  server.close()
  await once(server, 'close')
  assert.equal(await refusalOf(changed(url => (url.port = String(port)))), 'postgres.no_server')
})

test('there is no socket in the folder that the address names', async () => {
  assert.equal(await refusalOf(`postgres://${role}:${password}@/x?host=/var/empty/none`), 'postgres.no_server')
})

test('the host is not known', async () => {
  assert.equal(await refusalOf(changed(url => (url.hostname = 'no-such-host.invalid'))), 'postgres.unknown_host')
})

test('the password is wrong, or missing', async () => {
  assert.equal(await refusalOf(changed(url => (url.password = 'wrong'))), 'postgres.wrong_password')
  assert.equal(await refusalOf(changed(url => (url.password = ''))), 'postgres.wrong_password')
})

test('the database does not exist', async () => {
  assert.equal(await refusalOf(changed(url => (url.pathname = '/none'))), 'postgres.no_database')
})

test('the server has no connection left for this login', async () => {
  await admin(`alter role ${role} connection limit 0`)
  assert.equal(await refusalOf(database.urlFor(role, password)), 'postgres.too_many_connections')
  await admin(`alter role ${role} connection limit -1`)
})

test('the address asks for TLS and the server has none', async () => {
  assert.equal(await refusalOf(changed(url => url.searchParams.set('sslmode', 'verify-full'))), 'postgres.tls_refused')
})

test('something else than Postgres listens there, and hangs up', async () => {
  const server = createServer(socket => socket.end())
  const port = await listen(server)
  assert.equal(await refusalOf(changed(url => (url.port = String(port)))), 'postgres.broke_off')
  server.close()
})

test('the address is none', async () => {
  const bad = `postgres://${role}:${password}@[::1:5432/x`
  assert.equal(await refusalOf(bad), 'postgres.bad_url')
  assert.equal(addressOf(bad), 'an address that cannot be understood')
})

test('what is shown of an address leaves out password and options', () => {
  assert.equal(
    addressOf(`postgres://me:${password}@db.example:5433/desk?password=${password}`),
    'me@db.example:5433/desk',
  )
})

test('an error of a statement is not taken for a refused connection', () => {
  assert.equal(
    connectionRefusal(Object.assign(new Error('syntax error'), { code: '42601' }), database.adminUrl),
    undefined,
  )
})
