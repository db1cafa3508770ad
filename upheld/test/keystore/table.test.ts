import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { installKeyTable, keyTable, purgeKeyTable, type KeyTableOptions } from '../../src/adapters/keystore/index.ts'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { systemClock } from '../../src/core/clock.ts'
import { newOrganizationId } from '../../src/core/ids.ts'
import type { Database } from '../../src/core/ports.ts'
import { rewrapRoot, rotateKeks, type KeyPorts, type KeyStore } from '../../src/foundation/vault/index.ts'
import { testDatabase, testServer } from '../../src/testing/index.ts'
import { fromNowOn, testKeys, token, vaultOver } from '../vault-keys/keys.ts'
import { keyStoreContract, type StoreRig } from './contract.ts'
import { recordFor } from './records.ts'

interface TableRig extends StoreRig {
  readonly admin: Database
  readonly login: Database
  readonly open: (options: KeyTableOptions) => KeyStore
}

async function tableRig(): Promise<TableRig> {
  const database = await testDatabase(await testServer())
  const admin = openDatabase(database.adminUrl)
  const [name, password] = [`keys_${randomBytes(6).toString('hex')}`, randomBytes(12).toString('hex')]
  await admin.query(`create role ${name} login password '${password}'`)
  await installKeyTable(admin, name)
  await installKeyTable(admin, name)
  const url = database.urlFor(name, password)
  const login = openDatabase(url)
  return {
    store: keyTable(login, systemClock),
    at: { kind: 'table', place: url },
    admin,
    login,
    open: options => keyTable(login, systemClock, options),
    async close() {
      await login.close()
      await admin.query(`drop owned by ${name}`)
      await admin.query(`drop role ${name}`)
      await admin.close()
      await database.drop()
    },
  }
}

keyStoreContract('a table', tableRig)

suite('keys in a table', () => {
  async function withRig(work: (rig: TableRig) => Promise<void>): Promise<void> {
    const rig = await tableRig()
    try {
      await work(rig)
    } finally {
      await rig.close()
    }
  }

  test('a thief of its login cannot delete a key, bring one back, move one, or hide a change', () =>
    withRig(async ({ store, login }) => {
      const record = recordFor(newOrganizationId(), 'kek')
      const gone = recordFor(newOrganizationId(), 'kek')
      await store.add(record)
      await store.add(gone)
      await store.destroy(gone)
      const forbidden = [
        'delete from upheld_keys.key',
        'truncate upheld_keys.key',
        'drop table upheld_keys.key',
        `update upheld_keys.key set organization = '${newOrganizationId()}'`,
        'update upheld_keys.key set epoch = epoch + 1',
        "update upheld_keys.key set purged_at = now() where state = 'destroyed'",
        'update upheld_keys.change set number = 0',
        'alter table upheld_keys.key disable trigger guard',
        'set session_replication_role = replica',
        `update upheld_keys.key set state = 'active', wrapped = '\\x00', destroyed_at = null where id = '${gone.id}'`,
        `update upheld_keys.key set destroyed_at = now() - interval '9 years' where id = '${gone.id}'`,
      ]
      for (const statement of forbidden) await assert.rejects(login.query(statement), statement)
      assert.deepEqual(await store.list(record.organization, 'kek'), [record])
      assert.equal((await store.list(gone.organization, 'kek'))[0]?.state, 'destroyed')
    }))

  test('dead rows may hold a destroyed key until the table was purged; log and backups for their time after that', () =>
    withRig(async ({ admin, open }) => {
      const store = open({ backupsKeptDays: 7, logKeptDays: 2 })
      const record = recordFor(newOrganizationId(), 'subject:a')
      await store.add(record)
      const before = Object.fromEntries((await store.destroy(record)).map(({ store: name, holds }) => [name, holds]))
      assert.deepEqual(before, {
        'key table': 'gone',
        'dead rows of the key table': 'may hold',
        'disk below the key table': 'may hold',
        'write-ahead log': 'may hold',
        'backups of the key database': 'may hold',
      })
      assert.equal(await purgeKeyTable(admin), 1)
      const after = await store.holders(record)
      const rows = after.find(({ store: name }) => name === 'dead rows of the key table')
      assert.equal(rows?.holds, 'gone')
      const [log, backups] = ['write-ahead log', 'backups of the key database'].map(name =>
        Date.parse(after.find(({ store: one }) => one === name)?.until ?? ''),
      )
      assert.equal(Math.round(((backups ?? 0) - (log ?? 0)) / 86_400_000), 5)
      const unkept = await open({ backupsKeptDays: 0, logKeptDays: 0 }).holders(record)
      assert.deepEqual(
        unkept.filter(({ holds }) => holds !== 'gone').map(({ store: name }) => name),
        ['disk below the key table'],
      )
    }))

  test('what was purged is not in the file of the table any more', () =>
    withRig(async ({ admin, store }) => {
      const record = recordFor(newOrganizationId(), 'subject:bytes')
      await store.add(record)
      await store.destroy(record)
      const inFile = async (): Promise<boolean> => {
        await admin.query('checkpoint')
        const { rows } = await admin.query(
          `select position($1::bytea in pg_read_binary_file(pg_relation_filepath('upheld_keys.key'))) > 0 as found`,
          [record.wrapped],
        )
        return rows[0]?.['found'] === true
      }
      assert.equal(await inFile(), true, 'the dead row holds it')
      await purgeKeyTable(admin)
      assert.equal(await inFile(), false)
    }))

  test('a transaction that still sees the key keeps its row through a purge, which then does not count', () =>
    withRig(async ({ admin, store }) => {
      const record = recordFor(newOrganizationId(), 'subject:seen')
      await store.add(record)
      await admin.transaction(async tx => {
        await tx.query('set transaction isolation level repeatable read')
        await tx.query('select 1 from upheld_keys.change')
        await store.destroy(record)
        // Another table was read: the purge need not wait, and must not take the row for dead.
        await purgeKeyTable(admin).catch(() => 0)
        const rows = (await store.holders(record)).find(({ store: name }) => name === 'dead rows of the key table')
        assert.equal(rows?.holds, 'may hold')
      })
      assert.equal(await purgeKeyTable(admin), 1)
    }))

  test('a database that is not prepared, or is away, is one clear error', async () => {
    const database = await testDatabase(await testServer())
    const bare = openDatabase(database.adminUrl)
    const away = openDatabase('postgres://nobody@127.0.0.1:1/none')
    try {
      for (const connection of [bare, away]) {
        const store = keyTable(connection, systemClock)
        const organization = newOrganizationId()
        await assert.rejects(store.list(organization, 'kek'), { code: 'keystore.unavailable' })
        await assert.rejects(store.changes(), { code: 'keystore.unavailable' })
        await assert.rejects(store.add(recordFor(organization, 'kek')), { code: 'keystore.unavailable' })
      }
    } finally {
      await bare.close()
      await away.close()
      await database.drop()
    }
  })

  test('a name that is no login, and an option that is none, are refused', () =>
    withRig(async ({ admin, open }) => {
      for (const name of ['', 'a b', 'x; drop table y', 'Ada']) {
        await assert.rejects(installKeyTable(admin, name), { code: 'keystore.bad_options' })
      }
      assert.throws(() => open({ backupsKeptDays: -1 }), { code: 'keystore.bad_options' })
    }))

  test('A5.10 a table that was turned back to an older KEK is refused, and said, and gets no new life', () =>
    withRig(async ({ store, admin }) => {
      const keys = testKeys()
      const events: string[] = []
      const ports: KeyPorts = {
        ...keys.ports,
        store,
        onKeyEvent: async ({ domain, epoch, what }) => void events.push(`${domain} ${epoch} ${what}`),
      }
      try {
        const organization = newOrganizationId()
        const place = { ...token, row: 'one' }
        const before = vaultOver(ports)
        const envelope = await before.seal(organization, place, 'a secret')
        before.close()
        await admin.query('create table backup as select * from upheld_keys.key')
        await rotateKeks(ports, { since: await fromNowOn(), settleMs: 0, organization })
        const rotated = vaultOver(ports)
        assert.equal((await rotated.open(organization, place, envelope)).reveal(), 'a secret')
        rotated.close()
        await admin.query('alter table upheld_keys.key disable trigger guard')
        await admin.query('delete from upheld_keys.key')
        await admin.query('insert into upheld_keys.key select * from backup')
        await admin.query('alter table upheld_keys.key enable always trigger guard')
        events.length = 0
        const vault = vaultOver(ports)
        await assert.rejects(vault.open(organization, place, envelope), { code: 'vault.version_too_old' })
        await assert.rejects(vault.seal(organization, place, 'new'), { code: 'vault.version_too_old' })
        assert.ok(events.length > 0 && events.every(event => event === 'kek 1 refused below floor'), events.join())
        assert.deepEqual((await rewrapRoot(ports)).failed, [])
        await assert.rejects(vaultOver(ports).open(organization, place, envelope), { code: 'vault.version_too_old' })
        vault.close()
      } finally {
        keys.remove()
      }
    }))
})
