import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { asList, asObject, baseUrl, core, patch, scimStage, type ScimStage, type Tenant } from './scim-stage.ts'

const errorSchema = 'urn:ietf:params:scim:api:messages:2.0:Error'

suite('the directory of an organization', () => {
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

  suite('RFC 7644, as its examples have it', () => {
    test('3.3: a user is created with 201, its address, its version, and nothing of the case of names', async () => {
      const { status, headers, body } = await acme.ask('POST', '/Users', {
        schemas: [`${core}:User`],
        userName: 'bjensen@acme.example',
        externalId: 'bjensen',
        name: { formatted: 'Ms. Barbara J Jensen III', familyName: 'Jensen', givenName: 'Barbara' },
      })
      assert.equal(status, 201)
      assert.equal(headers.get('location'), `${baseUrl}/Users/${String(body['id'])}`)
      const meta = asObject(body['meta'])
      assert.equal(meta['location'], headers.get('location'))
      assert.equal(meta['version'], headers.get('etag'))
      assert.equal(meta['resourceType'], 'User')
      assert.deepEqual(body['schemas'], [`${core}:User`])
      assert.deepEqual(body['name'], {
        formatted: 'Ms. Barbara J Jensen III',
        familyName: 'Jensen',
        givenName: 'Barbara',
      })
      assert.equal(body['active'], true)
      const again = await acme.ask('GET', `/Users/${String(body['id'])}`)
      assert.deepEqual(again.body, body)
    })

    test('3.3: a second user of that name is a conflict of uniqueness, in any case of letters', async () => {
      const { status, body } = await acme.ask('POST', '/Users', {
        schemas: [`${core}:User`],
        USERNAME: 'BJensen@acme.example',
      })
      assert.equal(status, 409)
      assert.deepEqual([body['schemas'], body['status'], body['scimType']], [[errorSchema], '409', 'uniqueness'])
    })

    test('3.4.2: lists by filter, in pages, with counts', async () => {
      const names = ['page-a', 'page-b', 'page-c', 'page-d']
      for (const name of names) {
        stage.people.clock.turn(1)
        await acme.user({ userName: `${name}@acme.example`, displayName: `Page ${name}`, externalId: `x-${name}` })
      }
      const list = async (query: string) => {
        const { status, body } = await acme.ask('GET', `/Users?${query}`)
        assert.equal(status, 200, JSON.stringify(body))
        return {
          total: body['totalResults'],
          found: asList(body['Resources']).map(one => String(one['userName']).split('@')[0]),
          body,
        }
      }
      const of = (filter: string) => list(`filter=${encodeURIComponent(filter)}`).then(({ found }) => found)
      assert.deepEqual(await of('userName eq "PAGE-A@acme.example"'), ['page-a'])
      assert.deepEqual(await of('userName sw "page-"'), names)
      assert.deepEqual(await of('displayName co "ge page-c"'), ['page-c'])
      assert.deepEqual(await of('externalId eq "x-page-b"'), ['page-b'])
      assert.deepEqual(await of('externalId eq "X-page-b"'), [])
      assert.deepEqual(await of('userName sw "page-" and (externalId eq "x-page-a" or displayName ew "PAGE-D")'), [
        'page-a',
        'page-d',
      ])
      assert.deepEqual(await of('userName sw "page-" and not (externalId ew "a")'), ['page-b', 'page-c', 'page-d'])
      assert.deepEqual(await of('userName sw "page-" and active eq false'), [])
      assert.equal((await of('userName sw "page-" and active eq true')).length, 4)
      assert.deepEqual(await of('name.familyName eq "jensen"'), ['bjensen'])
      assert.deepEqual(await of(`${core}:User:userName eq "page-c@acme.example"`), ['page-c'])
      assert.deepEqual(await of('title pr'), [])
      assert.deepEqual(await of('userName eq "nobody"'), [])
      const page = await list(`startIndex=2&count=2&filter=${encodeURIComponent('userName sw "page-"')}`)
      assert.deepEqual(
        [page.total, page.found, page.body['startIndex'], page.body['itemsPerPage']],
        [4, ['page-b', 'page-c'], 2, 2],
      )
      assert.deepEqual((await list('count=0')).found, [])
      assert.equal((await list('startIndex=-5&count=1')).body['startIndex'], 1)
      const some = await list(`attributes=userName&filter=${encodeURIComponent('userName sw "page-a"')}`)
      assert.deepEqual(Object.keys(asList(some.body['Resources'])[0] ?? {}).toSorted(), [
        'id',
        'meta',
        'schemas',
        'userName',
      ])
    })

    test('3.5.1: PUT replaces, and does not bring back who was let go', async () => {
      const id = await acme.user(person({ title: 'Tour Guide', displayName: 'Babs' }))
      await acme.ask('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: false }))
      const { status, body } = await acme.ask('PUT', `/Users/${id}`, {
        schemas: [`${core}:User`],
        userName: 'put@acme.example',
        id: 'x',
      })
      assert.equal(status, 200)
      assert.deepEqual(
        [body['id'], body['userName'], body['title'], body['active']],
        [id, 'put@acme.example', undefined, false],
      )
    })

    test('3.5.2: PATCH adds, replaces and removes, with and without paths', async () => {
      const id = await acme.user(person({ displayName: 'Before', title: 'Guide' }))
      const after = async (...operations: unknown[]) => {
        const { status, body } = await acme.ask('PATCH', `/Users/${id}`, patch(...operations))
        assert.equal(status, 200, JSON.stringify(body))
        return body
      }
      assert.equal((await after({ op: 'Replace', path: 'displayName', value: 'After' }))['displayName'], 'After')
      assert.equal((await after({ op: 'remove', path: 'title' }))['title'], undefined)
      const name = { familyName: 'Jensen', givenName: 'Barbara' }
      assert.deepEqual((await after({ op: 'add', path: 'name', value: name }))['name'], name)
      assert.deepEqual((await after({ op: 'replace', path: 'name.givenName', value: 'Babs' }))['name'], {
        ...name,
        givenName: 'Babs',
      })
      assert.equal((await after({ op: 'add', value: { NickName: 'B', 'name.familyName': 'J' } }))['nickName'], 'B')
      const home = { value: 'babs@jensen.example', type: 'home' }
      assert.equal(asList((await after({ op: 'add', path: 'emails', value: [home] }))['emails']).length, 2)
      assert.equal(asList((await after({ op: 'add', path: 'emails', value: [home] }))['emails']).length, 2)
      const changed = await after({ op: 'replace', path: 'emails[type eq "home"].value', value: 'new@jensen.example' })
      assert.equal(asList(changed['emails'])[1]?.['value'], 'new@jensen.example')
      const primary = asList(
        (await after({ op: 'replace', path: 'emails[type eq "home"].primary', value: 'True' }))['emails'],
      )
      assert.deepEqual(
        primary.map(one => one['primary']),
        [false, true],
      )
      assert.equal(asList((await after({ op: 'remove', path: 'emails[type eq "home"]' }))['emails']).length, 1)
      const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department'
      assert.equal((await after({ op: 'add', path: enterprise, value: 'Tours' }))['displayName'], 'After')
    })

    test('3.5.2: what cannot be done is said in the words of the standard, and nothing of it is kept', async () => {
      const id = await acme.user(person({ displayName: 'Stays' }))
      const wrong: readonly (readonly [unknown, string])[] = [
        [patch({ op: 'remove' }), 'noTarget'],
        [patch({ op: 'replace', path: 'emails[type eq "none"].value', value: 'a@b.example' }), 'noTarget'],
        [patch({ op: 'replace', path: 'id', value: 'x' }), 'mutability'],
        [patch({ op: 'add', path: 'groups', value: [{ value: 'x' }] }), 'mutability'],
        [patch({ op: 'replace', path: 'emails[type eq', value: 'x' }), 'invalidPath'],
        [patch({ op: 'replace', path: 'a b', value: 'x' }), 'invalidPath'],
        [patch({ op: 'replace', path: 'emails[type gt "a"].value', value: 'x' }), 'invalidFilter'],
        [patch({ op: 'move', path: 'title', value: 'x' }), 'invalidSyntax'],
        [{ schemas: [], Operations: [{ op: 'add', value: {} }] }, 'invalidSyntax'],
        [patch(), 'invalidSyntax'],
        [patch({ op: 'replace', path: 'active', value: 'maybe' }), 'invalidValue'],
        [patch({ op: 'remove', path: 'userName' }), 'invalidValue'],
        [patch({ op: 'add', path: 'title' }), 'invalidValue'],
        [
          patch({ op: 'replace', path: 'displayName', value: 'Gone' }, { op: 'replace', path: 'active', value: 7 }),
          'invalidValue',
        ],
        [patch(...Array.from({ length: 101 }, () => ({ op: 'add', path: 'title', value: 'x' }))), 'invalidSyntax'],
      ]
      for (const [body, scimType] of wrong) {
        const heard = await acme.ask('PATCH', `/Users/${id}`, body)
        assert.deepEqual(
          [heard.status, heard.body['scimType'], heard.body['schemas']],
          [400, scimType, [errorSchema]],
          JSON.stringify(body),
        )
      }
      assert.equal((await acme.ask('GET', `/Users/${id}`)).body['displayName'], 'Stays')
    })

    test('3.6: a user who was deleted is gone, and so is the member', async () => {
      const id = await acme.user(person())
      const member = await acme.member(id)
      assert.equal((await acme.ask('DELETE', `/Users/${id}`)).status, 204)
      for (const method of ['GET', 'DELETE']) assert.equal((await acme.ask(method, `/Users/${id}`)).status, 404)
      assert.deepEqual(await acme.organization.sql`select id from upheld_access.member where id = ${member?.id}`, [])
    })

    test('3.14: a version that is old changes nothing', async () => {
      const id = await acme.user(person())
      const { headers } = await acme.ask('GET', `/Users/${id}`)
      const title = (value: string) => patch({ op: 'add', path: 'title', value })
      const match = { 'if-match': headers.get('etag') ?? '' }
      assert.equal((await acme.ask('PATCH', `/Users/${id}`, title('first'), match)).status, 200)
      for (const old of [match['if-match'], '"x"', 'W/"0"']) {
        assert.equal((await acme.ask('PATCH', `/Users/${id}`, title('second'), { 'if-match': old })).status, 412)
      }
      assert.equal((await acme.ask('DELETE', `/Users/${id}`, undefined, match)).status, 412)
      assert.equal((await acme.ask('GET', `/Users/${id}`)).body['title'], 'first')
    })

    test('4: it says what it offers, and 501 to what it does not', async () => {
      const config = await acme.ask('GET', '/ServiceProviderConfig')
      assert.deepEqual(
        [config.status, config.body['patch'], config.body['sort']],
        [200, { supported: true }, { supported: false }],
      )
      const types = await acme.ask('GET', '/ResourceTypes')
      assert.deepEqual(
        asList(types.body['Resources']).map(one => one['id']),
        ['User', 'Group'],
      )
      const one = await acme.ask('GET', `/Schemas/${core}:User`)
      assert.ok(
        asList(one.body['attributes']).some(
          attribute => attribute['name'] === 'userName' && attribute['required'] === true,
        ),
      )
      assert.ok(
        !asList(one.body['attributes']).some(attribute =>
          ['password', 'roles', 'entitlements'].includes(String(attribute['name'])),
        ),
      )
      assert.equal((await acme.ask('GET', '/Schemas/none')).status, 404)
      for (const path of ['/Bulk', '/Me', '/.search']) assert.equal((await acme.ask('POST', path, {})).status, 501)
      assert.equal((await acme.ask('DELETE', '/Schemas')).status, 405)
      assert.equal((await acme.ask('PUT', '/Users', {})).status, 405)
    })
  })

  suite('who is let in', () => {
    test('PATCH `active` as the string "False" suspends the member, and "True" lets them in again', async () => {
      const id = await acme.user(person())
      for (const [value, suspended] of [
        ['False', true],
        ['True', false],
        [false, true],
        [true, false],
        ['false', true],
      ] as const) {
        const { body } = await acme.ask('PATCH', `/Users/${id}`, patch({ op: 'Replace', value: { active: value } }))
        assert.equal(body['active'], !suspended)
        assert.equal((await acme.member(id))?.suspended, suspended, JSON.stringify(value))
      }
    })

    test('somebody whom the organization suspended itself is not let in by the directory', async () => {
      const id = await acme.user(person())
      await acme.organization.sql`update upheld_access.member set suspended_at = ${stage.people.clock.now()}
        where id = ${(await acme.member(id))?.id}`
      for (const active of [true, false, true]) {
        const { body } = await acme.ask(
          'PATCH',
          `/Users/${id}`,
          patch({ op: 'replace', path: 'active', value: active }),
        )
        assert.equal(body['active'], false)
      }
      assert.equal((await acme.member(id))?.suspended, true)
    })

    test('somebody whom the organization removed itself is not made a member again by the directory', async () => {
      const id = await acme.user(person())
      await acme.organization.sql`delete from upheld_access.member where id = ${(await acme.member(id))?.id}`
      await acme.ask('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: true }))
      assert.equal(await acme.member(id), undefined)
    })

    test('a domain that is not proven makes nobody a person or a member: the user waits for an invitation', async () => {
      const email = 'waits@elsewhere.example'
      const id = await acme.user({ userName: email, emails: [{ value: email, primary: true }] })
      assert.equal(await acme.member(id), undefined)
      const persons = await stage.people.database.query('select id from upheld_identity.person where email = $1', [
        email,
      ])
      assert.equal(persons.rows.length, 0)
      // An invitation was accepted: the directory finds the member now, and may suspend it.
      const personId = await stage.people.person(email)
      await acme.organization.sql`insert into upheld_access.member (organization_id, person_id, roles, source)
        values (${acme.organization.id}, ${personId}, ${['agent']}, 'invitation')`
      await acme.ask('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: 'False' }))
      assert.deepEqual(await acme.member(id).then(member => [member?.email, member?.suspended, member?.roles]), [
        email,
        true,
        ['agent'],
      ])
    })

    test('R7, R21: what the directory says of a person changes neither their address nor their name', async () => {
      const personId = await stage.people.person('known@acme.example')
      const id = await acme.user({ userName: 'known@acme.example', displayName: 'Somebody else' })
      assert.equal((await acme.member(id))?.email, 'known@acme.example')
      await acme.ask('PUT', `/Users/${id}`, {
        userName: 'owner@globex.test',
        emails: [{ value: 'owner@globex.test', primary: true }],
      })
      const { rows } = await stage.people.database.query(
        'select email, name from upheld_identity.person where id = $1',
        [personId],
      )
      assert.deepEqual(rows, [{ email: 'known@acme.example', name: 'known@acme.example' }])
    })

    test('the last owner stays, and that somebody tried stands in the log', async () => {
      const sole = await stage.tenant('initech')
      const id = await sole.user({ userName: 'owner@initech.test' })
      assert.equal((await sole.member(id))?.id, sole.ownerId)
      const tries = [
        () => sole.ask('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: 'False' })),
        () => sole.ask('DELETE', `/Users/${id}`),
      ]
      for (const attempt of tries) {
        const { status, body } = await attempt()
        assert.deepEqual([status, body['scimType']], [400, 'mutability'])
      }
      assert.deepEqual(await sole.member(id).then(member => [member?.suspended, member?.roles]), [false, ['owner']])
      const { rows } = await stage.people.platform.admin.query(
        `select count(*)::int as count from upheld_audit.pending where organization_id = $1 and body ->> 'action' = 'scim.last-owner-kept'
          and body ->> 'outcome' = 'denied'`,
        [sole.organization.id],
      )
      assert.equal(rows[0]?.['count'], 2)
    })

    test('R15: nothing that a directory sends makes an owner, gives a role, a password, or proves an address', async () => {
      const privileged = {
        roles: [{ value: 'owner' }],
        entitlements: ['owner'],
        password: 'a password of the directory',
        groups: [{ value: 'owners' }],
        emailVerified: true,
        email_verified_at: '2020-01-01',
        member_id: acme.ownerId,
        memberId: acme.ownerId,
        organization_id: other.organization.id,
        person_id: other.ownerPersonId,
        made_person: true,
        granted: ['owner'],
        suspended: false,
        id: acme.ownerId,
        __proto__: { roles: ['owner'] },
        constructor: { prototype: { roles: ['owner'] } },
      }
      const id = await acme.user({ ...person(), ...privileged })
      const text = `{"schemas":["${core}:User"],"userName":"proto@acme.example","__proto__":{"active":false,"roles":["owner"]}}`
      assert.equal((await acme.ask('POST', '/Users', text)).body['active'], true)
      for (const [name, value] of Object.entries(privileged)) {
        if (['id', 'groups'].includes(name)) continue
        for (const op of ['add', 'replace']) {
          const { status, body } = await acme.ask(
            'PATCH',
            `/Users/${id}`,
            patch({ op, path: name.replace(/^_+/, 'x'), value }, { op, value: { [name]: value } }),
          )
          assert.equal(status, 200, JSON.stringify(body))
        }
      }
      const { body } = await acme.ask('GET', `/Users/${id}`)
      assert.deepEqual(Object.keys(body).toSorted(), ['active', 'emails', 'id', 'meta', 'schemas', 'userName'])
      assert.deepEqual((await acme.member(id))?.roles, [])
      const { rows } = await stage.people.platform.admin.query('select u::text as line from upheld_access.scim_user u')
      for (const { line } of rows) assert.ok(!String(line).includes('a password of the directory'))
    })
  })
})
