import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo, tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { startPostgres } from '../../src/adapters/postgres/embedded/index.ts'
import { until } from '../../src/testing/index.ts'
import { freePort, run } from '../e2e/harness.ts'
import { openRaw } from '../outside/site.ts'
import { parseLook, placesIn } from './forms.ts'
import { hole, openShop } from './shop.ts'

// What may stand between a look and the rows: a pooler without a session, a replica, a server that stopped answering.

const look = async (url: string): Promise<ReturnType<typeof parseLook>> =>
  parseLook(await run(['check', '--json'], { UPHELD_DATABASE_URL: url }))

suite('in between', () => {
  const pooler = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find(path => existsSync(path))

  test(
    'a pooler that hands each transaction another connection shows what the server shows',
    { skip: pooler === undefined && 'no pgbouncer here' },
    async () => {
      const shop = await openShop()
      await shop.run(hole)
      const target = new URL(shop.adminUrl)
      const database = target.pathname.slice(1)
      const folder = mkdtempSync(join(tmpdir(), 'upheld-pooler-'))
      const port = await freePort()
      const password = target.password === '' ? '' : ` password=${decodeURIComponent(target.password)}`
      writeFileSync(
        join(folder, 'pooler.ini'),
        [
          '[databases]',
          `${database} = host=${target.hostname} port=${target.port} dbname=${database} user=${target.username}${password}`,
          '[pgbouncer]',
          `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =\nauth_type = any`,
          'pool_mode = transaction\ndefault_pool_size = 2',
        ].join('\n'),
      )
      chmodSync(folder, 0o755)
      // It refuses to run as root.
      const account = userInfo().uid === 0 ? spawnSync('id', ['-u', 'nobody']).stdout.toString().trim() : ''
      const process = spawn(pooler ?? '', [join(folder, 'pooler.ini')], {
        stdio: ['ignore', 'ignore', 'pipe'],
        ...(account === '' ? {} : { uid: Number(account) }),
      })
      let said = ''
      process.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
      try {
        await until(() => /process up/.test(said), `the pooler started: ${said}`)
        const through = await look(`postgres://ada@127.0.0.1:${port}/${database}`)
        const straight = await look(shop.adminUrl)
        assert.deepEqual(through.faults, [])
        assert.deepEqual(placesIn(through), placesIn(straight))
        assert.ok(placesIn(through).includes('table.row-security-off at shop.parcel'))
      } finally {
        process.kill('SIGKILL')
        rmSync(folder, { recursive: true, force: true })
        await shop.close()
      }
    },
  )

  test('a replica, on which nothing can be written, is looked at like any server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'upheld-replica-'))
    chmodSync(folder, 0o755)
    const first = await startPostgres({ folder, testOnlyWithoutFsync: true })
    const admin = openDatabase(first.adminUrl, { connectionsMax: 1 })
    await admin.query('create table public.parcel (tenant_id uuid not null, id bigint, primary key (tenant_id, id))')
    await admin.close()
    await first.stop()
    const data = realpathSync(join(folder, 'postgres'))
    writeFileSync(join(data, 'standby.signal'), '')
    const second = await startPostgres({ folder, testOnlyWithoutFsync: true })
    const replica = openDatabase(second.adminUrl, { connectionsMax: 1 })
    try {
      await assert.rejects(replica.query('create table public.other ()'), { code: '25006' })
      const seen = await look(second.adminUrl)
      assert.deepEqual(seen.faults, [])
      assert.ok(placesIn(seen).includes('table.row-security-off at public.parcel'))
    } finally {
      await replica.close()
      await second.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('a server that lets us in and never answers again is left after its time', async () => {
    // Authentication is done, the server is ready for a query, and that is the last that is heard of it.
    const ready = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49])
    const silent = await openRaw(socket => void socket.once('data', () => socket.write(ready)))
    const database = openDatabase(`postgres://ada@127.0.0.1:${silent.port}/shop`, {
      connectionsMax: 1,
      readOnly: true,
      answerMsMax: 200,
    })
    await assert.rejects(database.query('select 1'), /timeout/i)
    await database.close()
    await silent.close()
  })

  test('a database that was opened to be read takes no statement that writes', async () => {
    const shop = await openShop()
    const database = openDatabase(shop.adminUrl, { connectionsMax: 1, readOnly: true })
    try {
      for (const sql of ['create table shop.other ()', 'delete from shop.parcel', "select nextval('shop.s')"]) {
        if (sql.includes('nextval')) await shop.run('create sequence shop.s')
        await assert.rejects(database.query(sql), { code: '25006' })
      }
    } finally {
      await database.close()
      await shop.close()
    }
  })
})
