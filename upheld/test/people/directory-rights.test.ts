import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { organizationId } from '../../src/core/ids.ts'
import { directoryToken, idIn, inScim, patchOp, scimOf } from './directory-stage.ts'
import { programsGround, type Ground, type Page } from './programs-stage.ts'

suite('what a program may do is what whoever made its token or key may do', () => {
  let ground: Ground
  before(async () => {
    ground = await programsGround()
  })
  after(() => ground.close())

  const scim = (method: string, path: string, body: unknown, held: string): Promise<Page> =>
    scimOf(ground, held)(method, path, body)

  test('a token gives what its maker may give now: demoted, suspended or gone, it gives nothing, and still takes away', async () => {
    const here = await ground.house('Quay')
    const { identity, members } = ground.people
    const rows = members.organization(here.id)
    const held = await directoryToken(here, 'admin')
    const [owners, now] = [await directoryToken(here), Date.now()]
    const addressOf = (n: number): string => `crew-${n}-${now}@quay.example`
    const memberIds: string[] = []
    const users: string[] = []
    for (const n of [0, 1]) {
      const given = { organizationId: organizationId(here.id), email: addressOf(n), name: `Crew ${n}`, roles: [] }
      memberIds.push((await identity.importMember(given)).memberId)
      users.push(idIn(await scim('POST', '/Users', { userName: addressOf(n) }, held)))
    }
    const rolesOf = async (n: number): Promise<readonly string[] | undefined> =>
      (await rows.sql<{ roles: string[] }>`select roles from upheld_access.member where id = ${memberIds[n]}`)[0]?.roles
    const change = (what: string, n: number): object => ({
      schemas: [patchOp],
      Operations: [{ op: what, path: 'members', value: [{ value: users[n] }] }],
    })
    const active = (value: boolean): object => ({
      schemas: [patchOp],
      Operations: [{ op: 'replace', path: 'active', value }],
    })
    const group = idIn(await scim('POST', '/Groups', { displayName: 'Keepers' }, held))
    const mapping = await (
      await here.as('owner')
    ).post(`/organization/sign-in/directory/groups/${group}`, { role: 'gatekeeper' })
    assert.equal(mapping.status, 303)
    assert.equal((await scim('PATCH', `/Groups/${group}`, change('add', 0), held)).status, 200)
    assert.deepEqual(await rolesOf(0), ['gatekeeper'])

    await rows.sql`update upheld_access.member set roles = '{agent}' where id = ${here.memberIds.admin}`
    assert.equal(inScim(await scim('PATCH', `/Groups/${group}`, change('add', 1), held)), 403)
    assert.deepEqual(await rolesOf(1), [])
    assert.ok(
      !(await scim('GET', `/Groups/${group}`, undefined, held)).text.includes(users[1] ?? '-'),
      'nothing of it is kept',
    )
    assert.equal((await scim('PATCH', `/Groups/${group}`, change('remove', 0), held)).status, 200)
    assert.deepEqual(await rolesOf(0), [])
    // Somebody else who may give it lets the directory give it, by a token of their own.
    assert.equal((await scim('PATCH', `/Groups/${group}`, change('add', 1), owners)).status, 200)
    assert.deepEqual(await rolesOf(1), ['gatekeeper'])

    await rows.sql`update upheld_access.member set suspended_at = now() where id = ${here.memberIds.admin}`
    assert.equal((await scim('PATCH', `/Users/${users[0]}`, active(false), held)).status, 200)
    assert.equal(inScim(await scim('PATCH', `/Users/${users[0]}`, active(true), held)), 403)
    assert.equal((await scim('PATCH', `/Users/${users[0]}`, active(true), owners)).status, 200)
    await rows.sql`delete from upheld_access.member where id = ${here.memberIds.admin}`
    assert.equal((await scim('PATCH', `/Users/${users[0]}`, active(false), held)).status, 200)
    assert.equal(inScim(await scim('PATCH', `/Users/${users[0]}`, active(true), held)), 403)
    // Also for whoever left: their own token does not bring them back.
    const gone = 'admin-gone@quay.example'
    const user = await scim('POST', '/Users', { userName: gone }, held)
    assert.equal(user.status, 201)
    assert.equal(
      (
        await rows.sql`select m.id from upheld_access.member m join upheld_identity.person p on p.id = m.person_id
      where p.email = ${gone}`
      ).length,
      0,
    )
  })

  test('an owner is thrown out by no token of somebody who is none: not suspended, not deleted, and it stands in the log', async () => {
    const here = await ground.house('Lock')
    const rows = ground.people.members.organization(here.id)
    const [held, owners] = [await directoryToken(here, 'admin'), await directoryToken(here)]
    const [{ email } = { email: '' }] = await rows.sql<{ email: string }>`select p.email from upheld_access.member m
      join upheld_identity.person p on p.id = m.person_id where m.id = ${here.memberIds.owner}`
    assert.equal(inScim(await scim('POST', '/Users', { userName: email, active: false }, held)), 403)
    const user = idIn(await scim('POST', '/Users', { userName: email }, held))
    const off = { schemas: [patchOp], Operations: [{ op: 'replace', path: 'active', value: 'False' }] }
    assert.equal(inScim(await scim('PATCH', `/Users/${user}`, off, held)), 403)
    assert.equal(inScim(await scim('PUT', `/Users/${user}`, { userName: email, active: false }, held)), 403)
    assert.equal(inScim(await scim('DELETE', `/Users/${user}`, undefined, held)), 403)
    assert.equal((await (await here.as('owner')).get('/inside')).status, 200)
    const { rows: told } = await ground.stage.people.platform.admin.query(
      `select 1 from upheld_audit.pending where organization_id = $1 and body ->> 'action' = 'scim.owner-kept'`,
      [here.id],
    )
    assert.equal(told.length, 4)
    // By the token of an owner it is the last owner who stays; a second one may go.
    assert.equal(inScim(await scim('PATCH', `/Users/${user}`, off, owners)), 400)
    await rows.sql`update upheld_access.member set roles = '{owner}' where id = ${here.memberIds.gatekeeper}`
    assert.equal((await scim('PATCH', `/Users/${user}`, off, owners)).status, 200)
  })

  test('API key: on pages, in the query, beside forwarded addresses, after its maker was demoted, after it was revoked', async () => {
    const here = await ground.house('Dock')
    const by = { memberId: here.memberIds.admin }
    const id = organizationId(here.id)
    const page = 'https://dock.example'
    await ground.people.origins.add(id, by, page)
    const rows = ground.people.members.organization(here.id)
    await rows.sql`update upheld_access.member set roles = '{owner}' where id = ${here.memberIds.admin}`
    const create = (networks: readonly string[]) =>
      ground.people.keys.create(id, by, { name: 'k', scopes: ['visitor.assert'], days: 1, networks })
    const [free, far] = [await create([]), await create(['203.0.113.0/24', '2001:db8::/32'])]
    const say = (key: string, more: Readonly<Record<string, string>> = {}, query = ''): Promise<Page> =>
      ground.ask('POST', `/visitors/assert${query}`, {
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...more },
        body: JSON.stringify({ visitor: '4711', origin: page }),
      })
    const codeOf = ({ text }: Page): string => /"code":"([^"]+)"/.exec(text)?.[1] ?? ''
    assert.equal((await say(free.key)).status, 201)
    for (const path of ['/account', '/organization/members', '/organization/keys', '/support', '/staff', '/inside']) {
      const { status, location } = await ground.ask('GET', path, { headers: { authorization: `Bearer ${free.key}` } })
      assert.deepEqual([status, location.startsWith('/sign-in')], [303, true], path)
    }
    assert.equal(inScim(await scim('GET', '/Users', undefined, free.key)), 401)
    assert.equal(codeOf(await say(free.key, {}, `?key=${free.key}`)), 'keys.in_query')
    assert.equal(
      codeOf(await say(free.key, {}, `?k=${encodeURIComponent(free.key).replace('u', '%75')}`)),
      'keys.in_query',
    )
    const forwarded = ['x-forwarded-for', 'x-real-ip', 'forwarded', 'cf-connecting-ip', 'true-client-ip']
    for (const name of forwarded)
      assert.equal(
        codeOf(await say(far.key, { [name]: name === 'forwarded' ? 'for=203.0.113.9' : '203.0.113.9' })),
        'keys.other_network',
        name,
      )
    const twice = await say(`${free.key}, Bearer ${free.key}`)
    assert.deepEqual([twice.status, codeOf(twice)], [401, 'keys.unknown'])
    await rows.sql`update upheld_access.member set roles = '{agent}' where id = ${here.memberIds.admin}`
    assert.equal(codeOf(await say(free.key)), 'keys.scope_missing')
    await rows.sql`update upheld_access.member set roles = '{owner}' where id = ${here.memberIds.admin}`
    await ground.people.keys.revoke(id, { memberId: here.memberIds.owner }, free.id)
    const [revoked, unknown] = [await say(free.key), await say(`${free.key.slice(0, -1)}!`)]
    assert.deepEqual([revoked.status, codeOf(revoked)], [401, 'keys.revoked'])
    assert.deepEqual([unknown.status, codeOf(unknown)], [401, 'keys.unknown'])
  })
})
