import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { JsonObject } from '../../src/core/json.ts'
import { openLab, type Lab } from './lab.ts'

suite('what is recorded of changes', () => {
  let lab: Lab
  before(async () => {
    lab = await openLab()
  })
  after(() => lab.close())

  test('an entry goes all the way', async () => {
    const o = await lab.tenancy.createOrganization()
    await o.sql`insert into shop.item (organization_id, name) values (${o.id}, 'a'), (${o.id}, 'b')`
    const recorder = await lab.recorder()
    assert.equal(await lab.drain(recorder), 1)
    for (let i = 0; i < 600; i++)
      await o.sql`insert into shop.item (organization_id, name, n) values (${o.id}, 'a', ${i + 1})`
    assert.equal(await lab.drain(recorder), 600)
    console.log(
      (await lab.admin.query('select id, organization_id, origin, size, checkpoint from upheld_audit.log')).rows,
      (await lab.admin.query('select log, level, index from upheld_audit.tile')).rows,
    )
    console.log(
      (
        await lab.admin.query(
          `select convert_from(bytes, 'UTF8') as t from upheld_audit.leaf order by log, index limit 3`,
        )
      ).rows,
    )
    console.log(
      await o.sql`select count(*) from upheld_audit.leaf where organization_id is not null`,
      await o.sql`select target, log, index from upheld_audit.mention limit 3`,
    )
    const again = await lab.recorder()
    await o.sql`insert into shop.item (organization_id, name) values (${o.id}, 'x')`
    assert.equal(await lab.drain(again), 1)
    assert.deepEqual(lab.troubles, [])
    const none: JsonObject = {}
    assert.deepEqual(none, {})
  })
})
