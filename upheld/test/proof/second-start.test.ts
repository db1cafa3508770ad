import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { Database } from '../../src/core/ports.ts'
import { prepareDatabase } from '../../src/prepare.ts'
import { differences, fingerprintOf } from '../../src/surfaces/prover/fingerprint.ts'
import { dropLeft } from '../../src/surfaces/prover/left.ts'
import { openTwins } from '../../src/surfaces/prover/twins.ts'
import { testPlatform, testServer, type TestPlatform } from '../../src/testing/index.ts'
import { peopleApplication } from './people-application.ts'

suite('scratch copies of a system that was started before', () => {
  let platform: TestPlatform
  before(async () => {
    platform = await testPlatform(peopleApplication)
  })
  after(() => platform.close())

  const startAgain = () =>
    prepareDatabase(platform.admin, { tenantSchemas: peopleApplication.tenantSchemas, key: platform.key })
  /** What a prover that has just begun says of the live system. */
  async function copied(): Promise<string> {
    const twins = openTwins(platform.adminUrl, platform.urls, peopleApplication)
    try {
      const twin = await twins.make()
      await twin.drop()
      return 'alike'
    } catch (error) {
      return String(error)
    } finally {
      await twins.close()
    }
  }

  test('the second start and the third leave a catalogue that is like a fresh one', async () => {
    await startAgain()
    await startAgain()
    assert.equal(await copied(), 'alike')
  })

  test('a grant that is other than it was is seen, whatever it is on, and the next start puts it right', async () => {
    const loosened = {
      'a table': 'grant delete on upheld_identity.event to upheld_app',
      'a table of the audit logs': 'grant select on upheld_audit.leaf to upheld_staff',
      'a table of the evidence': 'grant insert on upheld_proof.leaf to upheld_jobs',
      'the schema of the evidence': 'grant create on schema upheld_proof to upheld_app',
      'one column': 'grant select (name) on upheld_identity.person to upheld_page',
      'a schema': 'grant create on schema upheld_access to upheld_app',
      'a function': 'revoke execute on all functions in schema upheld_identity from upheld_identity',
      'a function of the server': 'grant execute on function pg_catalog.pg_sleep(double precision) to upheld_app',
    }
    const sound = await fingerprintOf(platform.admin)
    let seen = 0
    for (const [what, sql] of Object.entries(loosened)) {
      await platform.admin.query(sql)
      const found = differences(await fingerprintOf(platform.admin), sound).length
      assert.ok(found > seen, what)
      seen = found
    }
    assert.match(await copied(), /only in the live database/)
    await startAgain()
    assert.deepEqual(differences(await fingerprintOf(platform.admin), sound), [])
  })

  test('what others make and drop meanwhile does not stop whoever tidies', async () => {
    const { adminUrl } = await testServer()
    const others = openDatabase(adminUrl, { connectionsMax: 2 })
    let ended = false
    const churning = churn(others, () => ended)
    for (let round = 0; round < 300; round++) await dropLeft(platform.admin)
    ended = true
    assert.ok((await churning) > 0, 'copies came and went')
    await others.close()
  })
})

async function churn(server: Database, ended: () => boolean): Promise<number> {
  let made = 0
  while (!ended()) {
    const name = `upheld_twin_${randomBytes(6).toString('hex')}`
    await server.query(`create database ${name} template template0`)
    await server.query(`create role ${name}_reader`)
    await server.query(`drop database ${name}`)
    await server.query(`drop role if exists ${name}_reader`)
    made++
    await turn()
  }
  return made
}
