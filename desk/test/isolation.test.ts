import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Organization } from 'upheld'
import { absentId, apiRoutes, bodies, filePages, nameOf, pageRoutes } from './routes.ts'
import { openStage, type Stage } from './stage.ts'

suite('one organization never reaches into another', () => {
  let stage: Stage
  let ours: Organization
  let theirs: Organization
  before(async () => {
    stage = await openStage()
    ours = stage.organization('harrowgate')
    theirs = stage.organization('lumen-yard')
    const [conversation] = await theirs.sql<{ id: string }>`select id from desk.conversation limit 1`
    const sent = await stage.upload(
      `/conversations/${conversation?.id ?? ''}/attachments`,
      await stage.signIn(theirs, 'agent'),
      new File(['theirs'], 'theirs.txt'),
    )
    assert.equal(sent.status, 303)
  })
  after(() => stage.close())

  /** An id of theirs, of the kind that stands in this path. */
  async function theirId(path: string): Promise<string> {
    const [row] = await theirs.sql<Record<string, string>>`
      select
        (select id from desk.conversation order by id limit 1) as conversations,
        (select id from desk.attachment order by id limit 1) as attachments,
        (select id from desk.contact order by id limit 1) as contacts,
        (select id from desk.integration order by id limit 1) as integrations,
        (select id from desk.merchant order by id limit 1) as merchants,
        (select id from desk.member order by id limit 1) as team`
    const id = row?.[path.replace('/api/v1', '').split('/')[1] ?? '']
    assert.ok(id, `no id for ${path}`)
    return id
  }

  for (const route of apiRoutes.filter(({ path }) => path.includes(':id'))) {
    test(`${nameOf(route)}: their id is answered like one that does not exist`, async () => {
      const key = await stage.key(ours)
      const body =
        route.method === 'GET' || route.method === 'DELETE'
          ? {}
          : { body: bodies[nameOf(route)]?.({ contact: absentId }) }
      const ask = async (id: string) => stage.api(route.method, route.path.replace(':id', id), { key, ...body })
      const [foreign, absent] = [await ask(await theirId(route.path)), await ask(absentId)]
      assert.equal(absent.status, 404)
      assert.deepEqual([foreign.status, foreign.body], [absent.status, absent.body])
      const own = await theirs.sql`select id from desk.contact union all select id from desk.conversation`
      assert.equal(own.length, 190 + 380, 'nothing of theirs went away')
    })
  }

  for (const route of pageRoutes.filter(({ path }) => path.includes(':id'))) {
    test(`${nameOf(route)}: their id is answered like one that does not exist`, async () => {
      const cookie = await stage.signIn(ours, 'owner')
      const ask = async (id: string) => {
        const path = route.path.replace(':id', id)
        const answer =
          route.method === 'GET'
            ? await stage.page(path, cookie)
            : filePages.includes(nameOf(route))
              ? await stage.upload(path, cookie, new File(['x'], 'x.txt'))
              : await stage.form(path, cookie, bodies[nameOf(route)]?.({ contact: absentId }) ?? {})
        return [answer.status, await answer.text()] as const
      }
      const [foreign, absent] = [await ask(await theirId(route.path)), await ask(absentId)]
      assert.equal(absent[0], 404)
      assert.deepEqual(foreign, absent)
    })
  }

  test('a body that names their contact, merchant or member is answered like one that names nobody', async () => {
    const key = await stage.key(ours)
    const [contact] = await ours.sql<{ id: string }>`select id from desk.contact limit 1`
    const [conversation] = await ours.sql<{ id: string }>`select id from desk.conversation limit 1`
    assert.ok(contact && conversation)
    const cases = [
      ['POST', '/api/v1/conversations', 'contacts', (id: string) => ({ contact_id: id, subject: 'a', body: 'b' })],
      ['PATCH', `/api/v1/conversations/${conversation.id}`, 'team', (id: string) => ({ assigned_member_id: id })],
      [
        'POST',
        `/api/v1/conversations/${conversation.id}/messages`,
        'team',
        (id: string) => ({ member_id: id, body: 'a' }),
      ],
      [
        'POST',
        '/api/v1/contacts',
        'merchants',
        (id: string) => ({ name: 'a', email: 'a@post.example', merchant_id: id }),
      ],
      ['PATCH', `/api/v1/contacts/${contact.id}`, 'merchants', (id: string) => ({ merchant_id: id })],
    ] as const
    for (const [method, path, kind, body] of cases) {
      const foreign = await stage.api(method, path, { key, body: body(await theirId(`/${kind}`)) })
      const absent = await stage.api(method, path, { key, body: body(absentId) })
      assert.equal(absent.status, 422, path)
      assert.deepEqual([foreign.status, foreign.body], [absent.status, absent.body])
    }
  })

  test('a filter or a cursor with their ids lists nothing of theirs', async () => {
    const key = await stage.key(ours)
    const contact = await theirId('/contacts')
    const member = await theirId('/team')
    for (const query of [`contact=${contact}`, `assigned_to=${member}`]) {
      const { body } = await stage.api('GET', `/api/v1/conversations?${query}`, { key })
      assert.deepEqual(body, { items: [], next: null })
    }
  })

  test('a key that is moved to another organization opens nothing', async () => {
    const key = await stage.key(ours)
    const moved = key.replace(ours.id.replaceAll('-', ''), theirs.id.replaceAll('-', ''))
    assert.notEqual(moved, key)
    assert.equal((await stage.api('GET', '/api/v1/account', { key })).status, 200)
    assert.equal((await stage.api('GET', '/api/v1/account', { key: moved })).status, 401)
  })

  test('a session that is moved to another organization opens nothing', async () => {
    const cookie = await stage.signIn(ours, 'owner')
    const moved = cookie.replace(ours.id, theirs.id)
    assert.notEqual(moved, cookie)
    assert.equal((await stage.page('/', cookie)).status, 200)
    const answer = await stage.page('/', moved)
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/organizations?next=%2F'])
  })

  test('whoever is a member of both is in the one that was chosen', async () => {
    const { email } = await person(ours)
    const given = { organizationId: theirs.id, email, name: 'In both', roles: ['agent'] }
    const { personId } = await stage.people.identity.importMember(given)
    const [contact] = await theirs.sql<{ id: string }>`select id from desk.contact limit 1`
    for (const [house, status] of [
      [ours, 404],
      [theirs, 200],
    ] as const) {
      const cookie = await stage.session(personId, house.id)
      assert.equal((await stage.page(`/contacts/${contact?.id ?? ''}`, cookie)).status, status)
    }
  })

  async function person(organization: Organization): Promise<{ readonly email: string }> {
    const { rows } = await stage.platform.admin.query('select email from upheld_identity.person where id = $1', [
      await stage.personId(organization, 'agent'),
    ])
    return { email: String(rows[0]?.['email']) }
  }
})
