import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { prepareDatabase } from '../../src/prepare.ts'
import { outputsOf } from '../../src/surfaces/prover/outputs.ts'
import { testPassword, testPlatform, testServer, type TestPlatform } from '../../src/testing/index.ts'

const clinic = { tenantSchemas: ['clinic'], migrations: new URL('../schemas/clinic/', import.meta.url) }
const loudest = ["log_statement = 'all'", 'log_min_messages = debug1', 'log_min_error_statement = debug1', 'log_min_duration_statement = 0', 'log_parameter_max_length = -1', 'log_parameter_max_length_on_error = -1', 'log_error_verbosity = verbose'] // prettier-ignore

/** What stands in the server's log after `work`, of this database or of the whole server. */
async function loggedOf(adminUrl: string, work: () => Promise<unknown>): Promise<string | undefined> {
  const outputs = outputsOf({ adminUrl, folder: '/nowhere' })
  const mark = await outputs.mark()
  if (mark.server.size === 0) return undefined
  await work()
  let text = ''
  for await (const piece of outputs.pieces(mark))
    for await (const part of piece.bytes()) text += Buffer.from(part).toString('utf8')
  return text
}

suite('a server that logs whatever it can', () => {
  let platform: TestPlatform
  before(async () => {
    platform = await testPlatform(clinic)
    const { rows } = await platform.admin.query('select current_database() as name')
    for (const setting of loudest)
      await platform.admin.query(`alter database ${String(rows[0]?.['name'])} set ${setting}`)
  })
  after(() => platform.close())

  test('logs nothing that our logins send, and all that others do', async context => {
    const [secret, control] = [randomBytes(12).toString('hex'), randomBytes(12).toString('hex')]
    const text = await loggedOf(platform.adminUrl, async () => {
      for (const url of Object.values(platform.urls)) {
        const login = openDatabase(url, { connectionsMax: 1 })
        for (const sql of [
          `select '${secret}'`,
          `select '${secret}'::int`,
          `do $$ begin raise log '${secret}'; end $$`,
        ])
          await login.query(sql).catch(() => undefined)
        await login.query('select $1::int', [secret]).catch(() => undefined)
        await login.close()
      }
      const other = openDatabase(platform.adminUrl, { connectionsMax: 1 })
      await other.query('select $1::int', [control]).catch(() => undefined)
      await other.close()
    })
    if (text === undefined) return context.skip('the log of this server goes to no file')
    assert.ok(text.includes(control), 'the log is the one that the server writes')
    assert.ok(!text.includes(secret))
  })

  test('logs neither a password nor a key when the system is installed', async context => {
    const key = { id: '77', cell: '0000', secret: randomBytes(32) }
    const password = testPassword(await testServer())
    const passwords = { upheld_app: password, upheld_migrate: password, upheld_proof: password, upheld_page: password }
    const admin = openDatabase(platform.adminUrl, { connectionsMax: 1 })
    const text = await loggedOf(platform.adminUrl, () =>
      prepareDatabase(admin, { tenantSchemas: clinic.tenantSchemas, key, passwords }),
    )
    const { rows } = await admin.query(
      `select encode(inner_block, 'hex') as pad from upheld_guard.context_key where id = '77'`,
    )
    await admin.close()
    if (text === undefined) return context.skip('the log of this server goes to no file')
    assert.ok(!text.includes(password))
    assert.ok(!text.includes(String(rows[0]?.['pad'])))
    assert.ok(text.includes('set local log_min_messages'), 'up to there it logs')
  })
})
