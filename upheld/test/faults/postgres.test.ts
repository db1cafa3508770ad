import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { runningPostgres, stopLeftPostgres } from '../../src/adapters/postgres/embedded/index.ts'
import { startOwner, type Owner } from './start-owner.ts'

const base = mkdtempSync(join(tmpdir(), 'upheld-faults-'))
// Open to walk through, so that the data stays here; places.test.ts tries the folders that are closed.
chmodSync(base, 0o711)
after(async () => {
  for (const name of readdirSync(base)) await stopLeftPostgres(join(base, name))
  rmSync(base, { recursive: true, force: true })
})

async function ask(adminUrl: string | undefined, statement: string): Promise<unknown> {
  assert.ok(adminUrl)
  const db = openDatabase(adminUrl, { connectionsMax: 1 })
  const { rows } = await db.query(statement)
  await db.close()
  return Object.values(rows[0] ?? {})[0]
}

async function fresh(
  name: string,
): Promise<{ readonly folder: string; readonly owner: Owner; readonly adminUrl: string }> {
  const folder = join(base, name)
  const owner = startOwner(folder)
  const { adminUrl } = await owner.said()
  assert.ok(adminUrl)
  return { folder, owner, adminUrl }
}

test('what was committed is there after Ctrl-C and a second start', async () => {
  const { folder, owner, adminUrl } = await fresh('again')
  await ask(adminUrl, 'create table kept as select 42 as it')
  await owner.end('SIGINT')
  assert.equal(runningPostgres(folder), undefined)
  const second = startOwner(folder)
  const { adminUrl: secondUrl, adopted } = await second.said()
  assert.equal(adopted, false)
  assert.equal(await ask(secondUrl, 'select it from kept'), 42)
  await second.end('SIGTERM')
})

test('after kill -9 of its owner the server goes on, and the next start adopts it', async () => {
  const { folder, owner, adminUrl } = await fresh('adopted')
  const pid = await ask(adminUrl, `select pg_read_file('postmaster.pid')`)
  await owner.end('SIGKILL')
  assert.equal(runningPostgres(folder)?.adminUrl, adminUrl)
  const second = startOwner(folder)
  const said = await second.said()
  assert.deepEqual([said.adopted, said.adminUrl], [true, adminUrl])
  assert.equal(await ask(adminUrl, `select pg_read_file('postmaster.pid')`), pid, 'the same server')
  await second.end('SIGINT')
  assert.equal(runningPostgres(folder), undefined, 'and its new owner ends it')
})

test('after kill -9 of owner and server the next start recovers what was committed', async () => {
  const { folder, owner, adminUrl } = await fresh('crashed')
  await ask(adminUrl, 'create table kept as select 42 as it')
  await owner.end('SIGKILL')
  process.kill(Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL')
  const second = startOwner(folder)
  const said = await second.said()
  assert.equal(said.adopted, false)
  assert.equal(await ask(said.adminUrl, 'select it from kept'), 42)
  await second.end('SIGTERM')
})

test('a pid file whose number is another process by now does not stop the start', async () => {
  const { folder, owner } = await fresh('reused')
  const pidFile = join(folder, 'postgres', 'postmaster.pid')
  const left = readFileSync(pidFile, 'utf8')
  await owner.end('SIGTERM')
  writeFileSync(pidFile, left.replace(/^\d+/, String(process.pid)))
  const second = startOwner(folder)
  assert.equal((await second.said()).code, undefined)
  await second.end('SIGTERM')
})

test('of five starts at once one works, and the others are told who has the folder', async () => {
  const folder = join(base, 'five')
  const owners = Array.from({ length: 5 }, () => startOwner(folder))
  const said = await Promise.all(owners.map(owner => owner.said()))
  assert.deepEqual(said.map(({ code }) => code ?? 'up').sort(), [
    'files.locked',
    'files.locked',
    'files.locked',
    'files.locked',
    'up',
  ])
  for (const { code, detail } of said)
    if (code !== undefined) assert.match(detail ?? '', /^Process \d+ \(upheld up\) holds /)
  await Promise.all(owners.map(owner => owner.end('SIGTERM')))
})

test('a start that is killed while it makes the database leaves nothing that the next one trips over', async () => {
  const folder = join(base, 'half')
  const first = startOwner(folder)
  for (let look = 0; look < 2_000 && !existsSync(join(folder, 'keys', 'logins.json')); look++) await pause(5)
  await first.end('SIGKILL')
  const second = startOwner(folder)
  assert.equal((await second.said()).code, undefined)
  assert.deepEqual(
    readdirSync(folder).filter(name => name.startsWith('new-')),
    [],
  )
  await second.end('SIGTERM')
})

test('the port that was asked for is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const owner = startOwner(join(base, 'port'), { port: address.port })
  assert.deepEqual(await owner.said(), { code: 'embedded.port_taken', detail: `127.0.0.1:${address.port}` })
  server.close()
})

test("somebody else's database is refused, and not touched", async () => {
  const folder = join(base, 'foreign')
  mkdirSync(join(folder, 'postgres'), { recursive: true })
  writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '15\n')
  assert.equal((await startOwner(folder).said()).code, 'embedded.foreign_folder')
  assert.deepEqual(readdirSync(join(folder, 'postgres')), ['PG_VERSION'])
})

test('data of a version that is not installed is refused, and not touched', async () => {
  const { folder, owner } = await fresh('other-major')
  await owner.end('SIGTERM')
  const version = join(folder, 'postgres', 'PG_VERSION')
  const made = readFileSync(version, 'utf8')
  writeFileSync(version, '13\n')
  assert.equal((await startOwner(folder).said()).code, 'embedded.other_major')
  writeFileSync(version, made)
  const again = startOwner(folder)
  assert.equal((await again.said()).code, undefined)
  await again.end('SIGTERM')
})

test('the file with the passwords is lost', async () => {
  const { folder, owner } = await fresh('no-password')
  await owner.end('SIGTERM')
  rmSync(join(folder, 'keys'), { recursive: true })
  assert.equal((await startOwner(folder).said()).code, 'embedded.password_lost')
})

test('the file with the passwords is open to others', async () => {
  const { folder, owner } = await fresh('open-password')
  await owner.end('SIGTERM')
  chmodSync(join(folder, 'keys', 'logins.json'), 0o644)
  assert.equal((await startOwner(folder).said()).code, 'files.too_open')
})

test('a clone in a folder with a very long name works', async () => {
  const { owner, adminUrl } = await fresh('x'.repeat(200))
  assert.equal(await ask(adminUrl, 'select 1'), 1)
  await owner.end('SIGTERM')
})

test('nothing that a customer wrote gets into the log', async () => {
  const { folder, owner, adminUrl } = await fresh('log')
  const secret = 'a-customer-wrote-this'
  await ask(adminUrl, 'create table t as select 1 as it')
  await ask(adminUrl, 'create unique index on t (it)')
  for (const bad of [`select '${secret}'::integer`, `select no_such('${secret}')`, `insert into t values (1)`]) {
    await assert.rejects(ask(adminUrl, bad))
  }
  await owner.end('SIGTERM')
  const log = readFileSync(join(folder, 'postgres.log'), 'utf8')
  assert.match(log, /ready to accept connections/)
  assert.doesNotMatch(log, /customer|duplicate|no_such/)
})
