import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { openScim } from '../../src/guards/scim/index.ts'
import { asList, ask, baseUrl, core, patch, scimStage, type ScimStage, type Tenant } from './scim-stage.ts'

const errorSchema = 'urn:ietf:params:scim:api:messages:2.0:Error'

suite('the directory of an organization: groups, tokens, borders', () => {
  let stage: ScimStage
  let acme: Tenant
  let other: Tenant
  let count = 0
  before(async () => {
    stage = await scimStage()
    acme = await stage.tenant('acme', 'acme.example')
    other = await stage.tenant('globex', 'globex.example')
  })
  after(async () => {
    assert.deepEqual(stage.faults, [])
    await stage.close()
  })

  const person = (more: Readonly<Record<string, unknown>> = {}) => {
    const userName = `user-${++count}@acme.example`
    return { userName, emails: [{ value: userName, type: 'work', primary: true }], ...more }
  }

  suite('groups', () => {
    const group = async (tenant: Tenant, displayName: string, members: readonly string[] = []): Promise<string> => {
      const { status, body } = await tenant.ask('POST', '/Groups', {
        schemas: [`${core}:Group`],
        displayName,
        members: members.map(value => ({ value })),
      })
      assert.equal(status, 201, JSON.stringify(body))
      return String(body['id'])
    }

    test('RFC 7644, 3.5.2: members are added, removed by value, and replaced', async () => {
      const [a, b, c] = [await acme.user(person()), await acme.user(person()), await acme.user(person())]
      const id = await group(acme, 'Tour Guides', [a])
      const after = async (...operations: unknown[]) => {
        const { status, body } = await acme.ask('PATCH', `/Groups/${id}`, patch(...operations))
        assert.equal(status, 200, JSON.stringify(body))
        return body['members'] === undefined ? [] : asList(body['members']).map(one => one['value'])
      }
      const set = (...ids: string[]) => ids.toSorted()
      assert.deepEqual(
        (await after({ op: 'add', path: 'members', value: [{ value: b }, { value: b }] })).toSorted(),
        set(a, b),
      )
      assert.deepEqual(await after({ op: 'remove', path: `members[value eq "${a}"]` }), [b])
      assert.deepEqual(
        (await after({ op: 'replace', path: 'members', value: [{ value: a }, { value: c }] })).toSorted(),
        set(a, c),
      )
      assert.deepEqual(await after({ op: 'remove', path: 'members', value: [{ value: c }] }), [a])
      assert.deepEqual(await after({ op: 'replace', value: { displayName: 'Guides', id } }), [a])
      assert.deepEqual(await after({ op: 'remove', path: 'members' }), [])
      const found = await acme.ask(
        'GET',
        `/Groups?filter=${encodeURIComponent('displayName eq "guides"')}&excludedAttributes=members`,
      )
      assert.deepEqual(
        asList(found.body['Resources']).map(one => [one['id'], one['members']]),
        [[id, undefined]],
      )
    })

    test('a role comes by a group that an owner mapped, and goes with it; what was given otherwise stays', async () => {
      const user = await acme.user(person())
      const member = await acme.member(user)
      const id = await group(acme, 'Agents', [user])
      assert.deepEqual((await acme.member(user))?.roles, [])
      await stage.scim.mapGroup(acme.organization, acme.ownerId, id, 'agent')
      assert.deepEqual((await acme.member(user))?.roles, ['agent'])
      await acme.organization
        .sql`update upheld_access.member set roles = array_append(roles, 'admin') where id = ${member?.id}`
      await acme.ask('PATCH', `/Groups/${id}`, patch({ op: 'remove', path: `members[value eq "${user}"]` }))
      assert.deepEqual((await acme.member(user))?.roles, ['admin'])
      await acme.ask('PATCH', `/Groups/${id}`, patch({ op: 'add', path: 'members', value: [{ value: user }] }))
      assert.deepEqual((await acme.member(user))?.roles, ['admin', 'agent'])
      await acme.ask('DELETE', `/Groups/${id}`)
      assert.deepEqual((await acme.member(user))?.roles, ['admin'])
    })

    test('no group makes owners, and the directory maps none', async () => {
      const user = await acme.user(person())
      const id = await group(acme, 'owner', [user])
      for (const role of ['owner', 'Owner', 'root', '']) {
        await assert.rejects(stage.scim.mapGroup(acme.organization, acme.ownerId, id, role), { code: 'scim.bad_role' })
      }
      await acme.ask('PATCH', `/Groups/${id}`, patch({ op: 'add', value: { role: 'admin', roles: ['owner'] } }))
      await acme.ask('PUT', `/Groups/${id}`, { displayName: 'owner', role: 'owner', members: [{ value: user }] })
      assert.deepEqual((await acme.member(user))?.roles, [])
      await assert.rejects(stage.scim.mapGroup(acme.organization, randomUUID(), id, 'agent'), {
        code: 'scim.not_allowed',
      })
    })

    test('nobody maps a role that they may not give, nor holds a token that would give it', async () => {
      const member = await acme.member(await acme.user(person()))
      assert.ok(member !== undefined)
      const id = await group(acme, 'Admins')
      const map = (role: string | undefined) => stage.scim.mapGroup(acme.organization, member.id, id, role)
      const issue = () => stage.scim.issue(acme.organization, member.id, { name: 'mine' })
      stage.managers.set(member.id, ['admin'])
      await map('agent')
      const { id: tokenId } = await issue()
      await assert.rejects(map('admin'), { code: 'scim.role_refused' })
      await stage.scim.mapGroup(acme.organization, acme.ownerId, id, 'admin')
      // A group gives it now: with a token of their own they would put themselves into that group.
      await assert.rejects(issue(), { code: 'scim.role_refused' })
      assert.deepEqual(
        (await stage.scim.groups(acme.organization)).filter(one => one.id === id),
        [{ id, name: 'Admins', users: 0, role: 'admin' }],
      )
      await map(undefined)
      await stage.scim.revoke(acme.organization, member.id, tokenId)
    })

    test('R8, R23: a batch with one foreign identifier is refused as a whole', async () => {
      const [ours, theirs] = [await acme.user(person()), await other.user({ userName: 'foreign@globex.example' })]
      const id = await group(acme, 'Batch', [ours])
      for (const value of [theirs, 'x', id, '']) {
        const { status, body } = await acme.ask(
          'PATCH',
          `/Groups/${id}`,
          patch({ op: 'replace', path: 'members', value: [{ value: ours }, { value }] }),
        )
        assert.deepEqual([status, body['scimType']], [400, 'invalidValue'])
      }
      const { body } = await acme.ask('GET', `/Groups/${id}`)
      assert.deepEqual(
        asList(body['members']).map(one => one['value']),
        [ours],
      )
    })
  })

  suite('tokens and borders', () => {
    test('R8: the token of one organization sees and changes nothing of another: 404, as for what is not there', async () => {
      const id = await other.user({ userName: 'victim@globex.example' })
      const made = await other.ask('POST', '/Groups', {
        schemas: [`${core}:Group`],
        displayName: 'Victims',
        members: [{ value: id }],
      })
      const groupId = String(made.body['id'])
      const absent = '00000000-0000-4000-8000-000000000099'
      for (const [kind, at] of [
        ['Users', id],
        ['Groups', groupId],
      ] as const) {
        const change = patch({ op: 'replace', path: 'displayName', value: 'Taken' })
        for (const [method, body] of [
          ['GET', undefined],
          ['PATCH', change],
          ['PUT', { userName: 'x', displayName: 'x' }],
          ['DELETE', undefined],
        ] as const) {
          const [foreign, none] = [
            await acme.ask(method, `/${kind}/${at}`, body),
            await acme.ask(method, `/${kind}/${absent}`, body),
          ]
          assert.deepEqual([foreign.status, foreign.body], [404, none.body], `${method} ${kind}`)
        }
      }
      await assert.rejects(stage.scim.mapGroup(acme.organization, acme.ownerId, groupId, 'admin'), {
        code: 'scim.not_found',
      })
      const found = await acme.ask(
        'GET',
        `/Users?filter=${encodeURIComponent('userName eq "victim@globex.example" or id pr')}`,
      )
      assert.ok(!JSON.stringify(found.body).includes(id))
      assert.equal((await other.ask('GET', `/Users/${id}`)).body['userName'], 'victim@globex.example')
    })

    test('R16: every prefix and extension of a token, one for another organization, and one that is over, is 401', async () => {
      const { token } = acme
      const heard = new Set<string>()
      const refused = async (bearer: string) => {
        const { status, body, headers } = await ask(stage.scim, bearer, 'GET', '/Users')
        assert.deepEqual([status, headers.get('www-authenticate')], [401, 'Bearer'], bearer)
        heard.add(JSON.stringify(body))
      }
      for (let length = 0; length < token.length; length += 3) await refused(token.slice(0, length))
      for (const more of ['A', '=', '.', ' x']) await refused(token + more)
      await refused(token.replace(/^uscim_[0-9a-f]{32}/, `uscim_${other.organization.id.replaceAll('-', '')}`))
      await refused(token.replace(/^uscim_[0-9a-f]{32}/, `uscim_${'0'.repeat(32)}`))
      await refused(token.replace(/^uscim_[0-9a-f]{32}/, `uscim_${'f'.repeat(32)}`))
      const { token: second, id } = await stage.scim.issue(acme.organization, acme.ownerId, {
        name: 'second',
        lifeDays: 1,
      })
      assert.equal((await ask(stage.scim, second, 'GET', '/Users?count=0')).status, 200)
      stage.people.clock.turn(86_400)
      await refused(second)
      stage.people.clock.turn(-86_400)
      await stage.scim.revoke(acme.organization, acme.ownerId, id)
      await refused(second)
      assert.equal(heard.size, 1)
      await assert.rejects(stage.scim.revoke(other.organization, other.ownerId, id), { code: 'scim.not_found' })
      await assert.rejects(stage.scim.issue(acme.organization, 'somebody', { name: 'x' }), { code: 'scim.not_allowed' })
    })

    test('the database keeps no token: what stands there opens nothing', async () => {
      const { rows } = await stage.people.platform.admin.query(
        'select t::text as line, t.hash from upheld_access.scim_token t',
      )
      assert.ok(rows.length > 0)
      for (const { line } of rows) assert.ok(!String(line).includes(acme.token.slice(-43)))
    })

    test('bodies of 10 MB, of another type, with a name twice, with NUL, or that are no JSON are refused', async () => {
      const wrong: readonly (readonly [unknown, number, Readonly<Record<string, string>>?])[] = [
        [JSON.stringify({ userName: 'x', title: 'x'.repeat(10_000_000) }), 413],
        [{ userName: 'x' }, 415, { 'content-type': 'text/plain' }],
        ['{"userName":"a@acme.example","userName":"b@acme.example"}', 400],
        ['{"userName":"a@acme.example","USERNAME":"b@acme.example"}', 400],
        ['{"userName":"a@acme.example","active":true,"\\u0061ctive":false}', 400],
        [{ userName: 'nul\0@acme.example' }, 400],
        [{ userName: 'x', title: '\ud800' }, 400],
        [{ userName: '' }, 400],
        [{ userName: 'x'.repeat(255) }, 400],
        [{ userName: ['x'] }, 400],
        [{ userName: 'x', emails: Array.from({ length: 21 }, () => ({ value: 'a@b.example' })) }, 400],
        [{ userName: 'x', emails: 'a@b.example' }, 400],
        ['{', 400],
        ['null', 400],
        ['[]', 400],
        ['', 400],
      ]
      for (const [body, status, headers] of wrong) {
        const heard = await acme.ask('POST', '/Users', body, headers)
        assert.deepEqual(
          [heard.status, heard.body['schemas']],
          [status, [errorSchema]],
          JSON.stringify(body).slice(0, 100),
        )
      }
    })

    test('filters that are too long, too deep, or no filters are refused, and none becomes SQL', async () => {
      const wrong = [
        '',
        'userName',
        'userName eq',
        'userName eq "a',
        'userName eq a',
        'userName gt "a"',
        'userName eq "a" and',
        'userName eq "a" "b"',
        '(userName eq "a"',
        'not userName eq "a"',
        'password eq "a"',
        'member_id eq "a"',
        '__proto__ eq "a"',
        'constructor pr',
        "userName eq 'a'",
        'active eq "maybe"',
        'active co true',
        'userName eq "\\u0000"',
        'u.user_name\'; drop table upheld_access.scim_user; -- eq "a"',
        `${'('.repeat(20)}userName eq "a"${')'.repeat(20)}`,
        Array.from({ length: 60 }, () => 'active eq true').join(' or '),
        `userName eq "${'a'.repeat(3_000)}"`,
      ]
      for (const filter of wrong) {
        const { status, body } = await acme.ask('GET', `/Users?filter=${encodeURIComponent(filter)}`)
        assert.deepEqual([status, body['scimType']], [400, 'invalidFilter'], filter.slice(0, 80))
      }
      for (const text of [`' or 1=1 --`, `\\"`, `%`, `$1`, `"); delete from upheld_access.member; --`]) {
        const { status, body } = await acme.ask(
          'GET',
          `/Users?filter=${encodeURIComponent(`userName co ${JSON.stringify(text)}`)}`,
        )
        assert.deepEqual([status, body['totalResults']], [200, 0], text)
      }
    })

    test('requests beyond the pace of a token wait; another token does not', async () => {
      const { tenancy, clock } = stage.people
      const no = async (): Promise<boolean> => false
      const slow = openScim({ tenancy, clock, may: no, mayGive: no }, { baseUrl, roles: [], requestsPerMinute: 3 })
      const get = (tenant: Tenant) => ask(slow, tenant.token, 'GET', '/Users?count=0')
      for (let n = 0; n < 3; n++) assert.equal((await get(acme)).status, 200)
      const { status, headers } = await get(acme)
      assert.deepEqual([status, headers.get('retry-after')], [429, '60'])
      assert.equal((await get(other)).status, 200)
      clock.turn(60)
      assert.equal((await get(acme)).status, 200)
    })

    test('addresses begin with the configured one, whatever host a request names', async () => {
      const { body } = await acme.ask(
        'POST',
        '/Users',
        { ...person() },
        { host: 'thief.example', 'x-forwarded-host': 'thief.example' },
      )
      assert.ok(JSON.stringify(body).includes(baseUrl) && !JSON.stringify(body).includes('thief.example'))
    })

    test('20 creations of one user at once make one', async () => {
      const values = person()
      const all = await Promise.all(Array.from({ length: 20 }, () => acme.ask('POST', '/Users', values)))
      assert.deepEqual(all.map(({ status }) => status).toSorted(), [201, ...Array.from({ length: 19 }, () => 409)])
    })
  })
})
