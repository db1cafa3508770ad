import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import type { Organization, Tenancy } from '../../src/foundation/tenancy/index.ts'
import { openMembers } from '../../src/sealed-rows.ts'
import { accessLab, type House } from './access-lab.ts'

const lab = await accessLab()

suite('the login of the jobs', () => {
  let house: House
  let jobs: Tenancy
  let organization: Organization
  before(async () => {
    house = await lab.enter()
    const { platform } = lab.people
    const contextKeys = { current: () => platform.key }
    jobs = openMembers({ databaseUrl: platform.urls.jobs, connectionsMax: 1, contextKeys })
    organization = jobs.organization(house.organization.id)
  })
  after(async () => {
    await jobs.close()
    await lab.close()
  })

  test('a job asks again before each unit of work, and stops when the permission is gone', async () => {
    const still = lab.store.recheck(organization, house.agent, 'ticket.read')
    await still()
    const [denial = ''] = await lab.add(house.owner, lab.one(house.agent, 'ticket.read', 'deny'))
    await assert.rejects(still, { code: 'access.denied' })
    await lab.withdraw(house.owner, [denial])
    await still()
    const now = lab.people.clock.now()
    await house.organization.sql`update upheld_access.member set suspended_at = ${now} where id = ${house.agent}`
    await assert.rejects(still, { code: 'access.denied' })
  })

  test('a stolen login of the jobs makes nobody an owner, lets nobody back in, and makes nobody somebody else', async () => {
    const { agent, otherAgent, admin } = house
    const attempts = [
      organization.sql`update upheld_access.member set roles = ${['owner']} where id = ${agent}`,
      organization.sql`update upheld_access.member set roles = roles || ${['owner']} where id = ${admin}`,
      organization.sql`update upheld_access.member set suspended_at = null where id = ${agent}`,
      organization.sql`update upheld_access.member set id = ${randomUUID()} where id = ${otherAgent}`,
      organization.sql`update upheld_access.member m set person_id = o.person_id
        from upheld_access.member o where m.id = ${otherAgent} and o.id = ${admin}`,
    ]
    for (const attempt of await Promise.allSettled(attempts)) {
      assert.ok(attempt.status === 'rejected')
      assert.match(String(attempt.reason), /jobs_only_take/)
    }
    const now = lab.people.clock.now()
    await assert.rejects(
      organization.sql`insert into upheld_access.override
        (organization_id, member_id, permission, effect, author_id, reason, created_at, expires_at, review_at)
        values (${organization.id}, ${agent}, 'ticket.export', 'allow', ${admin}, 'because', ${now},
          ${lab.later(60)}, ${lab.later(60)})`,
      /permission denied/,
    )
    await assert.rejects(
      lab.store.changeRoles(organization, { memberId: house.owner }, [{ memberId: otherAgent, roles: ['admin'] }]),
      /jobs_only_take/,
    )
  })

  test('a stolen login of the jobs takes no denial away, and opens no session that an administrator ended', async () => {
    const [denial = ''] = await lab.add(house.owner, lab.one(house.agent, 'ticket.read', 'deny'))
    await assert.rejects(organization.sql`delete from upheld_access.override where id = ${denial}`, /jobs_only_take/)
    assert.equal(await lab.may(house.agent, 'ticket.read'), false)
    await lab.withdraw(house.owner, [denial])
    const now = lab.people.clock.now()
    await house.organization.sql`update upheld_access.member set entries_after = ${now} where id = ${house.agent}`
    for (const attempt of await Promise.allSettled([
      organization.sql`update upheld_access.member set entries_after = null where id = ${house.agent}`,
      organization.sql`update upheld_access.member set entries_after = ${lab.later(-60)} where id = ${house.agent}`,
      organization.sql`update upheld_access.member set source = 'scim' where id = ${house.admin}`,
    ])) {
      assert.ok(attempt.status === 'rejected')
      assert.match(String(attempt.reason), /jobs_only_take/)
    }
  })

  test('a stolen login of the jobs revives no token of a directory that was revoked, and proves no domain', async () => {
    const own = house.organization
    const now = lab.people.clock.now()
    await own.sql`insert into upheld_access.scim_token (organization_id, name, hash, created_by, created_at, expires_at)
      values (${own.id}, 'directory', sha256('a'), ${house.owner}, ${now}, ${lab.later(60)})`
    const set = (at: Date | null) => organization.sql`update upheld_access.scim_token set revoked_at = ${at}`
    await set(now)
    await assert.rejects(set(null), /jobs_only_take/)
    await own.sql`insert into upheld_access.domain (organization_id, name, challenge, created_at)
      values (${own.id}, 'victim.example', repeat('a', 43), ${now})`
    const prove = () => organization.sql`update upheld_access.domain set proven_at = ${now} returning name`
    await assert.rejects(prove, /jobs_only_take/)
    await own.sql`update upheld_access.domain set proven_at = ${lab.later(-60)}`
    assert.equal((await prove()).length, 1)
  })

  test('what is their duty they can: take a role away, suspend', async () => {
    const now = lab.people.clock.now()
    await organization.sql`update upheld_access.member set roles = '{}' where id = ${house.admin}`
    await organization.sql`update upheld_access.member set suspended_at = ${now} where id = ${house.otherAgent}`
    assert.deepEqual(await lab.rolesOf(house.admin), [])
    assert.equal(await lab.may(house.otherAgent, 'ticket.read'), false)
    await lab.add(house.owner, lab.one(house.otherAgent, 'ticket.read', 'deny'))
    await organization.sql`delete from upheld_access.member where id = ${house.otherAgent}`
  })
})
