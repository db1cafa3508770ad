import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { readGrant, type Grant } from '../../src/proof/outsiders/grant.ts'
import { outsiderPaths } from '../../src/proof/outsiders/index.ts'
import { testClock, type TestClock } from '../../src/testing/people.ts'
import { openLab, type Lab, type Told } from './lab.ts'
import { leftOf } from './left.ts'

const json = { 'content-type': 'application/json' }

suite('strangers are let in, and no further', () => {
  let lab: Lab
  let clock: TestClock
  let grant: Grant
  before(async () => {
    clock = testClock()
    lab = await openLab({ clock, limits: { runs_per_place_and_hour: 2, runs_at_once: 3, minutes: 20 } })
    const begun = await lab.begin('192.0.2.1')
    assert.equal(begun.status, 201, begun.text)
    grant = readGrant(begun.text)
  })
  after(async () => {
    await lab.close()
    assert.deepEqual(lab.failures, [])
  })
  const asKey = (side: 'a' | 'b' = 'a') => grant[side].roles['key']?.headers ?? {}
  const owner = () => grant.a.roles['owner'] ?? { headers: {} }
  const post = (path: string, fields: Readonly<Record<string, string>>): Promise<Told> => {
    const { headers, fields: own } = owner()
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: lab.origin }
    const body = new URLSearchParams({ ...own, ...fields }).toString()
    return lab.ask('POST', path, { headers: { ...headers, ...form }, body })
  }
  const count = async (sql: string, ...values: unknown[]): Promise<number> =>
    Number((await lab.platform.admin.query(sql, values)).rows[0]?.['count'])

  test('what is handed out opens each its own, and not the other', async () => {
    const own = await lab.ask('GET', `/api/v1/contacts/${grant.a.ids['contact'] ?? ''}`, { headers: asKey() })
    assert.equal(own.status, 200, own.text)
    assert.ok(own.text.includes(grant.a.mark))
    const theirs = await lab.ask('GET', `/api/v1/contacts/${grant.b.ids['contact'] ?? ''}`, { headers: asKey() })
    assert.equal(theirs.status, 404)
    const inbox = await lab.ask('GET', '/', { headers: owner().headers })
    assert.equal(inbox.status, 200)
    assert.ok(inbox.text.includes(grant.a.mark))
  })

  test('nothing of the operator, and no secret, is handed out', async () => {
    assert.deepEqual(Object.keys(grant).toSorted(), [
      'a', 'b', 'contract', 'expires_at', 'id', 'routes', 'sign_out', 'token', 'type',
    ]) // prettier-ignore
    assert.deepEqual(Object.keys(grant.a).toSorted(), ['ids', 'mark', 'organization', 'roles'])
    assert.equal(await count('select count(*) from upheld_identity.person where email like $1', `%staff%.invalid`), 0)
    assert.ok(grant.routes.every(({ path }) => !path.startsWith('/organization') && !path.startsWith('/staff')))
  })

  test('real organizations are out of reach: by identifier, by cookie, by a stolen place', async () => {
    const real = await lab.platform.upheld.createOrganization()
    await lab.people.identity.nameOrganization(real.id, 'Real')
    const [row] = await real.sql<{ id: string }>`
      insert into desk.contact (organization_id, name, email) values (${real.id}, 'Ada Real', 'ada@real.example') returning id`
    const id = row?.id ?? ''
    for (const [method, path] of [
      ['GET', `/api/v1/contacts/${id}`],
      ['DELETE', `/api/v1/contacts/${id}`],
    ] as const) {
      const answer = await lab.ask(method, path, { headers: asKey() })
      assert.equal(answer.status, 404, path)
    }
    const cookie = (owner().headers['cookie'] ?? '').replaceAll(grant.a.organization, real.id)
    for (const path of ['/', '/contacts', `/contacts/${id}`]) {
      const answer = await lab.ask('GET', path, { headers: { cookie } })
      assert.ok(answer.status >= 300, `${path} ${answer.status}`)
      assert.ok(!answer.text.includes('Ada Real'))
    }
    const left = await real.sql`select id from desk.contact where id = ${id}`
    assert.equal(left.length, 1)
  })

  test('no page for people opens: nobody is invited, nothing is mailed, nobody signs up through it', async () => {
    const mails = await count('select count(*) from upheld_identity.mail')
    const ways = ['/organization/invitations', '/account/email', '/organizations', '/organization/sign-in/providers',
      '/organization/sign-in/domains', '/organization/keys', '/support', '/forgot', '/sign-up', '/staff', '/account/password',
      '/scim/v2/Users', '/visitors', '/ACCOUNT/../account', '/account/'] // prettier-ignore
    for (const path of ways) {
      const answer = await post(path, { email: 'victim@real.example', roles: 'agent', name: 'x' })
      assert.ok(answer.status >= 400, `${path} ${answer.status}`)
    }
    const refused = await post('/organization/invitations', { email: 'victim@real.example' })
    assert.deepEqual([refused.status, refused.code], [403, 'probing.closed'])
    assert.equal((await lab.ask('GET', '/organization/members', { headers: owner().headers })).code, 'probing.closed')
    assert.equal(await count('select count(*) from upheld_identity.mail'), mails)
    assert.equal(await count("select count(*) from upheld_access.invitation where email like '%real.example'"), 0)
  })

  test('what a page forgot, the database refuses: invitations, providers, domains, addresses, members from elsewhere', async () => {
    const { organization: id } = grant.a
    const as = lab.people.members.organization(id).as({ type: 'operator', id: 'test', purpose: 'probe' })
    const member = await as.query('select id, person_id from upheld_access.member limit 1')
    const memberId = String(member[0]?.['id'])
    const outside = { code: '42501' }
    const refused = async (sql: string, values: readonly unknown[]): Promise<void> => {
      const failed = await lab.platform.admin.query(sql, values).then(
        () => undefined,
        (thrown: unknown) => String(thrown),
      )
      assert.match(failed ?? 'was done', /throw-away organization/, sql)
    }
    await refused(
      `insert into upheld_access.invitation (organization_id, email, roles, invited_by, created_at, expires_at)
       values ($1, 'victim@real.example', '{}', $2, now(), now() + interval '1 day')`,
      [id, memberId],
    )
    await refused(
      `insert into upheld_identity.email_change (id, person_id, was, at, undo_until) values ($2, $1, 'a@real.example', now(), now())`,
      [String(member[0]?.['person_id']), randomUUID()],
    )
    const { rows } = await lab.platform.admin.query(
      `insert into upheld_identity.person (email, email_verified_at, name) values ('real@person.example', now(), 'Real') returning id`,
    )
    await refused(
      `insert into upheld_access.member (organization_id, person_id, roles, source) values ($1, $2, '{}', 'founder')`,
      [id, String(rows[0]?.['id'])],
    )
    const real = await lab.platform.upheld.createOrganization()
    await lab.people.identity.nameOrganization(real.id, 'Other')
    await refused(
      `insert into upheld_access.member (organization_id, person_id, roles, source) values ($1, $2, '{owner}', 'founder')`,
      [real.id, String(member[0]?.['person_id'])],
    )
    // Nor may a login empty what is no throw-away organization.
    await assert.rejects(lab.identity.query('select upheld_identity.empty_outsider($1)', [real.id]), outside)
    assert.equal(await count('select count(*) from upheld_access.account where organization_id = $1', real.id), 1)
  })

  test('bodies are bounded: ten megabytes to agree, and to the application', async () => {
    const huge = 'x'.repeat(10 * 1024 * 1024)
    const agreeing = await lab.ask('POST', outsiderPaths.runs, { headers: json, body: huge }).catch(() => undefined)
    assert.ok(agreeing === undefined || agreeing.status === 413, `${agreeing?.status}`)
    const large = JSON.stringify({ name: 'x'.repeat(70_000), email: 'a@post.example' })
    const answer = await lab.ask('POST', '/api/v1/contacts', { headers: { ...asKey(), ...json }, body: large })
    assert.deepEqual([answer.status, answer.code], [413, 'probing.too_large'])
  })

  test('a consent that is stale, none, or of another make begins nothing', async () => {
    const before = await count('select count(*) from upheld_identity.outsider')
    const bodies: readonly (readonly [body: string, code: string])[] = [
      [JSON.stringify({ contract: `sha256:${'0'.repeat(64)}` }), 'probing.other_contract'],
      ['{}', 'probing.bad_request'],
      ['', 'probing.bad_request'],
      ['{"contract":1}', 'probing.bad_request'],
      [JSON.stringify({ contract: await lab.digest(), more: 1 }), 'probing.bad_request'],
    ]
    for (const [body, code] of bodies)
      assert.equal((await lab.ask('POST', outsiderPaths.runs, { headers: json, body })).code, code, body)
    const body = JSON.stringify({ contract: await lab.digest() })
    const form = await lab.ask('POST', outsiderPaths.runs, { headers: { 'content-type': 'text/plain' }, body })
    assert.equal(form.code, 'probing.bad_request')
    assert.equal((await lab.ask('PUT', outsiderPaths.runs, { headers: json, body })).status, 405)
    for (const token of ['', 'x', grant.token.slice(1), randomUUID()])
      assert.equal(
        (await lab.ask('GET', outsiderPaths.state, { headers: { authorization: `Bearer ${token}` } })).status,
        401,
      )
    assert.equal(await count('select count(*) from upheld_identity.outsider'), before)
  })

  test('one address gets what the contract says, and a network of version 6 is one address', async () => {
    const second = await lab.begin('2001:db8:1:1::1')
    assert.equal(second.status, 201)
    const third = await lab.begin('2001:db8:1:1:ffff::2')
    assert.equal(third.status, 201)
    const hopped = await lab.begin('2001:db8:1:1:abcd:1::3')
    assert.deepEqual([hopped.status, hopped.code], [429, 'probing.too_many'])
    assert.ok(Number(hopped.headers.get('retry-after')) > 0)
    const full = await lab.begin('198.51.100.7')
    assert.deepEqual([full.status, full.code], [503, 'probing.full'])
    for (const { text } of [second, third]) {
      const headers = { authorization: `Bearer ${readGrant(text).token}` }
      assert.equal((await lab.ask('DELETE', outsiderPaths.run, { headers })).status, 204)
      assert.equal((await lab.ask('DELETE', outsiderPaths.run, { headers })).status, 401)
    }
    const again = await lab.begin('2001:db8:1:1::9')
    assert.equal(again.code, 'probing.too_many', 'ending one gives no other within the hour')
  })

  test('when its time is over nothing opens any more, and nothing of it is left', async () => {
    const own = `/api/v1/contacts/${grant.a.ids['contact'] ?? ''}`
    assert.equal((await lab.ask('GET', own, { headers: asKey() })).status, 200)
    const note = {
      headers: { ...asKey(), ...json },
      body: JSON.stringify({ name: 'Kept?', email: 'kept@post.example' }),
    }
    assert.equal((await lab.ask('POST', '/api/v1/contacts', note)).status, 201)
    clock.turn(20 * 60 + 1)
    const over = await lab.ask('GET', own, { headers: asKey() })
    assert.deepEqual([over.status, over.code], [401, 'probing.over'])
    const headers = { authorization: `Bearer ${grant.token}` }
    assert.equal((await lab.ask('GET', outsiderPaths.state, { headers })).code, 'probing.no_run')
    assert.equal(await lab.sweep(), 1)
    for (const { organization } of [grant.a, grant.b]) assert.deepEqual(await leftOf(lab.platform, organization), [])
    const late = await lab.ask('GET', own, { headers: asKey() })
    assert.ok(late.status >= 400)
  })
})
