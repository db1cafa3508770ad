import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { openDatabase } from '../src/adapters/postgres/database.ts'
import { inspectServer } from '../src/adapters/postgres/inspect/index.ts'
import { systemClock, type Clock } from '../src/core/clock.ts'
import type { Database } from '../src/core/ports.ts'
import { installTenancy } from '../src/foundation/tenancy/index.ts'
import { startTestServer, type TestServer } from '../src/testing/server.ts'

// Roles belong to the whole server, and here they are spoiled: no other test may use this one.
let server: TestServer
let admin: Database

before(async () => {
  server = await startTestServer()
  // One connection: what is set in the session is seen in the session.
  admin = openDatabase(server.adminUrl, { connectionsMax: 1 })
  assert.equal(await factOf('roles.upheld_app'), 'unknown', 'what is not there yet is not fine')
  assert.equal(await factOf('grants'), 'unknown')
  await installTenancy(admin, { tenantSchemas: ['desk'], key: { id: '01', cell: '0000', secret: randomBytes(32) } })
})
after(async () => {
  await admin.close()
  await server.stop()
})

async function factOf(id: string, clock: Clock = systemClock): Promise<boolean | 'unknown' | undefined> {
  return (await inspectServer(admin, clock)).find(fact => fact.id === id)?.ok
}

test('a system as it is installed lacks nothing but the fsync that tests go without', async () => {
  const facts = await inspectServer(admin, systemClock)
  const wrong = facts.filter(({ ok }) => ok === false).map(({ id }) => id)
  assert.deepEqual(
    wrong.filter(id => id !== 'server.release'),
    ['server.durability'],
  )
  assert.equal(new Set(facts.map(({ id }) => id)).size, facts.length)
  for (const fact of facts.filter(({ ok }) => ok === false)) assert.ok(fact.mend, `${fact.id} says what to do`)
})

/** What somebody did, the fact that must notice, and how it is undone. */
const spoils: readonly (readonly [string, string, string, string])[] = [
  [
    'the application became superuser',
    'roles.upheld_app',
    'alter role upheld_app superuser',
    'alter role upheld_app nosuperuser',
  ],
  [
    'the application may bypass row security',
    'roles.upheld_app',
    'alter role upheld_app bypassrls',
    'alter role upheld_app nobypassrls',
  ],
  [
    'the application may become the owner',
    'roles.upheld_app',
    'grant upheld_owner to upheld_app',
    'revoke upheld_owner from upheld_app',
  ],
  [
    'the application owns a table',
    'roles.upheld_app',
    'create table own (); alter table own owner to upheld_app',
    'drop table own',
  ],
  [
    'the page may create roles',
    'roles.upheld_page',
    'alter role upheld_page createrole',
    'alter role upheld_page nocreaterole',
  ],
  [
    'a password is kept as MD5',
    'roles.passwords',
    "set password_encryption = md5; alter role upheld_page password 'x'; reset password_encryption",
    'alter role upheld_page password null',
  ],
  ['new passwords are kept as MD5', 'server.passwords', 'set password_encryption = md5', 'reset password_encryption'],
  [
    'values reach the log when a statement fails',
    'server.log',
    'set log_parameter_max_length_on_error = -1',
    'reset log_parameter_max_length_on_error',
  ],
  [
    'values reach the log with slow statements',
    'server.log',
    'set log_min_duration_statement = 0; set log_parameter_max_length = -1',
    'reset log_min_duration_statement; reset log_parameter_max_length',
  ],
  [
    'the application may make temporary tables',
    'grants.database',
    'grant temporary on database postgres to public',
    'revoke temporary on database postgres from public',
  ],
  [
    'the application may make tables',
    'grants.schemas',
    'grant create on schema public to upheld_app',
    'revoke create on schema public from upheld_app',
  ],
  [
    'the application may empty a table',
    'grants.tables',
    'create table plain (); grant truncate on plain to public',
    'drop table plain',
  ],
  [
    'the application may set its own context',
    'grants.functions',
    'grant execute on function set_config(text, text, boolean) to public',
    'revoke execute on function set_config(text, text, boolean) from public',
  ],
  [
    'the application may talk on channels',
    'grants.functions',
    'grant execute on function pg_notify(text, text) to upheld_app',
    'revoke execute on function pg_notify(text, text) from upheld_app',
  ],
  [
    "the application sees others' statements",
    'grants.statements',
    'grant execute on function pg_stat_get_activity(integer) to public',
    'revoke execute on function pg_stat_get_activity(integer) from public',
  ],
]

for (const [says, id, spoil, undo] of spoils) {
  test(`noticed: ${says}`, async () => {
    assert.equal(await factOf(id), true)
    await admin.query(spoil)
    assert.equal(await factOf(id), false)
    await admin.query(undo)
    assert.equal(await factOf(id), true)
  })
}

test('noticed: the clocks of server and host are three seconds apart', async () => {
  const late: Clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + 3_000) }
  assert.equal(await factOf('server.clock', late), false)
  assert.equal(await factOf('server.clock'), true)
})

test('a login that may not look learns that it does not know', async () => {
  await admin.query("create role onlooker login password 'onlooker-of-the-test'")
  const url = new URL(server.adminUrl)
  url.username = 'onlooker'
  url.password = 'onlooker-of-the-test'
  await admin.query('grant connect on database postgres to onlooker')
  const onlooker = openDatabase(url.href, { connectionsMax: 1 })
  const facts = await inspectServer(onlooker, systemClock)
  assert.equal(facts.find(({ id }) => id === 'roles.passwords')?.ok, 'unknown')
  await onlooker.close()
})
