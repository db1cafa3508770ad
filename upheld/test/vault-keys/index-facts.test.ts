import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { blindIndexFact } from '../../src/surfaces/cli/index-facts.ts'
import type { Organization } from '../../src/upheld.ts'
import { testPlatform, type TestPlatform } from '../../src/testing/index.ts'
import { blindIndexOf } from '../../src/foundation/vault/blind-index.ts'
import { ward } from './lab.ts'

suite('blind indexes that tell what they hide, as the doctor sees them', () => {
  let platform: TestPlatform
  let organization: Organization
  before(async () => {
    platform = await testPlatform(ward)
    organization = await platform.upheld.createOrganization()
  })
  after(() => platform.close())

  const key = { id: '00'.repeat(8), epoch: 1, key: createSecretKey(randomBytes(32)) }
  /** So many people, of so many addresses, under an index of so many bits. */
  async function fill(rows: number, values: number, bits: number): Promise<void> {
    const digests = Array.from({ length: rows }, (_, nth) =>
      blindIndexOf(key, { table: 'ward.person', column: 'email', bits }, `value ${nth % values}`),
    )
    await organization.sql`delete from ward.person`
    await organization.query(
      `insert into ward.person (organization_id, id, email_index)
       select $1, gen_random_uuid(), digest::upheld.blind_index from unnest($2::bytea[]) as digest`,
      [organization.id, digests],
    )
  }
  const says = async (): Promise<string | true> => {
    const { id, ok, says: text, mend } = await blindIndexFact(platform.admin)
    assert.equal(id, 'vault.indexes')
    return ok === true ? true : `${text} ${mend ?? ''}`
  }

  test('A5.23 a state or a yes or no under an index is named, with how to say that it may be known', async () => {
    assert.equal(await says(), true)
    await fill(300, 2, 128)
    assert.match(
      await says().then(String),
      /too few different values: ward\.person\.email_index \(2 values in 300 rows\)\..*even so/,
    )
    await platform.admin.query(
      "comment on column ward.person.email_index is 'blind index of ward.person.email in 24 bits; even so: everybody sees who has none'",
    )
    assert.equal(await says(), true)
    await platform.admin.query(
      "comment on column ward.person.email_index is 'blind index of ward.person.email in 24 bits; even so: no'",
    )
    assert.match(String(await says()), /2 values in 300 rows/)
  })

  test('addresses that differ, few bits that run together, and few rows are no finding', async () => {
    await platform.admin.query(
      "comment on column ward.person.email_index is 'blind index of ward.person.email in 4 bits'",
    )
    await fill(400, 400, 4)
    assert.equal(await says(), true)
    await fill(400, 400, 128)
    assert.equal(await says(), true)
    await fill(90, 2, 128)
    assert.equal(await says(), true)
  })
})
