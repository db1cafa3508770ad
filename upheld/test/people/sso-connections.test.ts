import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { organizationsOfDomain } from '../../src/guards/domains/index.ts'
import { openScim } from '../../src/guards/scim/index.ts'
import type { SignedIn } from '../../src/guards/sso/index.ts'
import { ask } from './scim-stage.ts'
import { client, prove, ssoStage, type Back, type House, type SsoStage } from './sso-stage.ts'

suite('connections, domains and directories of an organization', () => {
  let stage: SsoStage
  let house: House
  let other: House
  before(async () => {
    stage = await ssoStage()
    house = await stage.house('acme')
    other = await stage.house('globex')
  })
  after(() => stage.close())

  const finish = ({ query, cookie }: Back) => stage.sso.finish({ query, cookie })
  const known = (one: SignedIn) => {
    assert.ok(one.outcome === 'known')
    return one
  }

  test('whom the directory made and nobody ever used is taken over by the subject that it named, and by no other', async () => {
    const eager = await stage.house('umbrella', { provision: true })
    await prove(stage, eager, 'umbrella.example')
    const scim = openScim(
      { tenancy: stage.people.tenancy, clock: stage.people.clock, may: async () => true, mayGive: async () => true },
      { baseUrl: 'https://desk.example/scim/v2', roles: [] },
    )
    const { token } = await scim.issue(eager.organization, eager.ownerId, { name: 'directory' })
    const add = async (externalId: string): Promise<string> => {
      const userName = `${externalId}@umbrella.example`
      const { status } = await ask(scim, token, 'POST', '/Users', { userName, externalId })
      assert.equal(status, 201)
      const { rows } = await stage.people.database.query('select id from upheld_identity.person where email = $1', [
        userName,
      ])
      return String(rows[0]?.['id'])
    }
    const [fresh, used] = [await add('fresh'), await add('used')]
    await stage.people.database.query(
      `insert into upheld_identity.password (person_id, hash) values ($1, 'a hash of some length')`,
      [used],
    )
    const claims = { email: 'fresh@umbrella.example', email_verified: true }
    assert.equal((await finish(await stage.away(eager, { sub: 'Fresh', claims }))).outcome, 'unknown')
    assert.equal((await finish(await stage.away(eager, { sub: 'used' }))).outcome, 'unknown')
    assert.equal(known(await finish(await stage.away(eager, { sub: 'fresh' }))).personId, fresh)
    assert.equal(known(await finish(await stage.away(eager, { sub: 'fresh' }))).personId, fresh)
  })

  test('R9: who may not, registers nothing; and no address that leads inwards is registered', async () => {
    const connection = { name: 'x', issuer: stage.peer.issuer, clientId: client.id, clientSecret: client.secret }
    const count = async () => (await house.organization.sql`select id from upheld_access.sso_connection`).length
    const before = await count()
    const register = (more: object) =>
      stage.sso.connections.register(house.organization, house.ownerId, { ...connection, ...more })
    await assert.rejects(stage.sso.connections.register(house.organization, other.connectionId, connection), {
      code: 'sso.not_allowed',
    })
    await assert.rejects(register({ issuer: 'https://inner.example' }), { code: 'web.address_refused' })
    await assert.rejects(register({ issuer: 'https://169.254.169.254' }), { code: 'web.address_refused' })
    for (const issuer of [
      'http://idp.example',
      'https://user:pw@idp.example',
      `${stage.peer.issuer}?a=b`,
      `${stage.peer.issuer}#a`,
      'x',
      '',
    ]) {
      await assert.rejects(register({ issuer }), { code: 'sso.bad_connection' })
    }
    for (const more of [
      { roles: ['owner'] },
      { clientSecret: '' },
      { secondFactor: ['mfa'] },
      { verified: true },
      { name: 'a\0' },
    ]) {
      await assert.rejects(register(more), { code: 'sso.bad_connection' })
    }
    stage.peer.stop(302)
    await assert.rejects(register({}), { code: 'sso.provider_unavailable' })
    stage.peer.stop(undefined)
    assert.equal(await count(), before)
  })

  test('nobody lets a sign-in give what they may not give: by the connection, or by a group of the directory', async () => {
    const mine = { name: 'x', issuer: stage.peer.issuer, clientId: client.id, clientSecret: client.secret }
    const at = await stage.house('initech')
    const register = (more: object) => stage.sso.connections.register(at.organization, at.ownerId, { ...mine, ...more })
    stage.managers.set(at.ownerId, ['admin'])
    await assert.rejects(register({ roles: ['admin'] }), { code: 'sso.role_refused' })
    await assert.rejects(register({ roles: ['agent', 'admin'], provision: true }), { code: 'sso.role_refused' })
    await register({ roles: ['agent'], provision: true })
    await at.organization
      .sql`insert into upheld_access.scim_group (organization_id, display_name, role, created_at, changed_at)
      values (${at.organization.id}, 'Admins', 'admin', now(), now())`
    await assert.rejects(register({ roles: [], provision: true }), { code: 'sso.role_refused' })
    await register({ roles: [] })
    assert.equal((await stage.sso.connections.list(at.organization)).length, 3)
  })

  test('by an address one finds who proved its domain, and nothing of the address', async () => {
    const at = await stage.house('stark')
    const { database, clock } = stage.people
    const found = (email: string) => organizationsOfDomain(database, email, clock.now())
    await stage.domains.add(at.organization, at.ownerId, 'stark.example')
    assert.deepEqual(await found('anybody@stark.example'), [])
    await prove(stage, at, 'stark.example')
    assert.deepEqual(await found('anybody@stark.example'), [at.organization.id])
    assert.deepEqual(await found('ANYBODY@Stark.Example'), [at.organization.id])
    for (const email of ['x@sub.stark.example', 'x@stark.example.org', 'stark.example@x.org', '', '@', 'a\0@b'])
      assert.deepEqual(await found(email), [], email)
    const [listed] = await stage.domains.list(at.organization)
    assert.equal(listed?.proven?.until.getTime(), clock.now().getTime() + 90 * 86_400_000)
    await at.organization
      .sql`update upheld_access.domain set proven_at = ${new Date(clock.now().getTime() - 91 * 86_400_000)}`
    assert.deepEqual(await found('anybody@stark.example'), [])
    assert.equal((await stage.domains.list(at.organization))[0]?.proven, undefined)
    await prove(stage, at, 'stark.example')
    await stage.domains.remove(at.organization, at.ownerId, 'stark.example')
    assert.deepEqual(await found('anybody@stark.example'), [])
  })

  test('the client secret stands in the database as nothing that a reader of it could use', async () => {
    const { rows } = await stage.people.platform.admin.query(
      'select c::text as line from upheld_access.sso_connection c',
    )
    assert.ok(rows.length > 0)
    const hex = Buffer.from(client.secret).toString('hex')
    for (const { line } of rows) assert.ok(!String(line).includes(client.secret) && !String(line).includes(hex))
    const listed = JSON.stringify(await stage.sso.connections.list(house.organization))
    assert.ok(!listed.includes(client.secret))
  })

  test('every change of a connection, and every one of a member that a provider made, stands in the log of the organization', async () => {
    const { rows } = await stage.people.platform.admin.query(
      `select count(*)::int as count from upheld_audit.pending where organization_id = $1 and body::text like '%sso_connection%'`,
      [house.organization.id],
    )
    assert.ok(Number(rows[0]?.['count']) > 0)
  })

  test('a domain proof grows old', async () => {
    const eager = await stage.house('hooli', { provision: true })
    await prove(stage, eager, 'hooli.example')
    await eager.organization
      .sql`update upheld_access.domain set proven_at = ${new Date(stage.people.clock.now().getTime() - 91 * 86_400_000)}`
    const claims = { email: 'late@hooli.example', email_verified: true }
    assert.equal((await finish(await stage.away(eager, { sub: 'late', claims }))).outcome, 'unknown')
  })

  test('a domain is proven by a value that was made for this organization, at exactly that name', async () => {
    const { domains, txt } = stage
    const ours = await domains.add(house.organization, house.ownerId, 'wayne.example')
    const theirs = await domains.add(other.organization, other.ownerId, 'wayne.example')
    assert.notEqual(ours.value, theirs.value)
    assert.deepEqual(await domains.add(house.organization, house.ownerId, 'wayne.example'), ours)
    const atOnce = Array.from({ length: 8 }, () => domains.add(house.organization, house.ownerId, 'at-once.example'))
    const records = new Set((await Promise.all(atOnce)).map(({ value }) => value))
    assert.equal(records.size, 1, 'asked several times at once it is one record')
    const attempt = (domain = 'wayne.example') => domains.prove(house.organization, house.ownerId, domain)
    for (const values of [[], [theirs.value], [`${ours.value} `], [ours.value.slice(0, -1)], ['upheld-domain=']]) {
      txt.set(ours.name, values)
      await assert.rejects(attempt(), { code: 'domains.not_proven' })
    }
    txt.set('wayne.example', [ours.value])
    await assert.rejects(attempt(), { code: 'domains.not_proven' })
    txt.set(ours.name, ['v=spf1 -all', ours.value])
    await attempt()
    await assert.rejects(attempt('sub.wayne.example'), { code: 'domains.unknown' })
    await assert.rejects(domains.prove(house.organization, other.connectionId, 'wayne.example'), {
      code: 'domains.not_allowed',
    })
    for (const name of [
      '',
      'com',
      'a..b',
      '-a.example',
      'A.example',
      'a.example.',
      'ä.example',
      '1.2.3.4',
      "a.example' or 1=1",
      'a@b.example',
    ]) {
      await assert.rejects(domains.add(house.organization, house.ownerId, name), { code: 'domains.bad_domain' }, name)
    }
    await domains.remove(house.organization, house.ownerId, 'wayne.example')
    await assert.rejects(attempt(), { code: 'domains.unknown' })
    assert.equal(
      (await other.organization.sql`select name from upheld_access.domain where name = 'wayne.example'`).length,
      1,
    )
  })
})
