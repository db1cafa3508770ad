import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { addStaff, endStaff } from '../../src/guards/support/index.ts'
import { patch, scimStage, type ScimStage, type Tenant } from './scim-stage.ts'

suite('what a directory says of people who are something else as well', () => {
  let stage: ScimStage
  let acme: Tenant
  before(async () => {
    stage = await scimStage()
    acme = await stage.tenant('acme', 'acme.example')
  })
  after(() => stage.close())

  const says = async (id: string, active: boolean): Promise<void> => {
    const { status } = await acme.ask('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: active }))
    assert.equal(status, 200)
  }
  const decide = (memberId: string | undefined, at: Date | null) =>
    acme.organization.sql`update upheld_access.member set suspended_at = ${at} where id = ${memberId}`

  test('whom an administrator suspended after the directory had, and let back in between: the directory does not lift it', async () => {
    const id = await acme.user({ userName: 'mallory@acme.example' })
    const member = await acme.member(id)
    await says(id, false)
    assert.equal((await acme.member(id))?.suspended, true)
    await decide(member?.id, null)
    stage.people.clock.turn(60)
    await decide(member?.id, stage.people.clock.now())
    await says(id, true)
    assert.equal((await acme.member(id))?.suspended, true)
    // What it did itself it lifts, as before.
    await decide(member?.id, null)
    await says(id, false)
    await says(id, true)
    assert.equal((await acme.member(id))?.suspended, false)
  })

  test('an identifier with a NUL is one of nothing', async () => {
    await assert.rejects(stage.scim.revoke(acme.organization, acme.ownerId, 'a\0b'), { code: 'scim.not_found' })
    const mapped = stage.scim.mapGroup(acme.organization, acme.ownerId, 'a\0b', 'agent')
    await assert.rejects(mapped, { code: 'scim.not_found' })
  })

  test('somebody of the operator is made no member, and the answer is that of anybody else who is nobody yet', async () => {
    const { people } = stage
    const ports = { database: people.database, clock: people.clock }
    const personId = await people.person('staff@acme.example')
    await addStaff(ports, personId, 'the first operator')
    const { status, body } = await acme.ask('POST', '/Users', { userName: 'staff@acme.example' })
    assert.equal(status, 201, JSON.stringify(body))
    const id = String(body['id'])
    assert.equal(await acme.member(id), undefined)
    assert.deepEqual(stage.faults, [])
    await endStaff(ports, personId)
    await says(id, true)
    assert.equal((await acme.member(id))?.email, 'staff@acme.example')
  })
})
