import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Organization } from 'upheld'
import { type Role, roles, scopes } from '../src/access/permissions.ts'
import { desk, routes } from '../src/desk.ts'
import { absentId, apiRoutes, bodies, nameOf, pageRoutes } from './routes.ts'
import { codeOf, openStage, type Stage } from './stage.ts'

/** Written down a second time on purpose: the table in the code may not change by accident. */
const pagesOf: Readonly<Record<string, readonly Role[]>> = {
  'GET /': ['owner', 'admin', 'agent'],
  'GET /conversations/:id': ['owner', 'admin', 'agent'],
  'POST /conversations/:id': ['owner', 'admin', 'agent'],
  'POST /conversations/:id/reply': ['owner', 'admin', 'agent'],
  'POST /conversations/:id/attachments': ['owner', 'admin', 'agent'],
  'GET /attachments/:id': ['owner', 'admin', 'agent'],
  'GET /contacts': ['owner', 'admin', 'agent'],
  'POST /contacts': ['owner', 'admin', 'agent'],
  'GET /contacts/:id': ['owner', 'admin', 'agent'],
  'POST /contacts/:id': ['owner', 'admin', 'agent'],
  'POST /contacts/:id/note': ['owner', 'admin'],
  'POST /contacts/:id/note/show': ['owner', 'admin'],
  'GET /integrations': ['owner', 'admin'],
  'POST /integrations': ['owner', 'admin'],
  'POST /integrations/:id/credential': ['owner'],
  'POST /integrations/:id/disconnect': ['owner', 'admin'],
  'GET /merchants': ['owner', 'admin', 'agent'],
  'GET /merchants/:id': ['owner', 'admin', 'agent'],
  'GET /team': ['owner', 'admin'],
  'POST /team': ['owner'],
  'POST /team/:id': ['owner'],
  'GET /keys': ['owner', 'admin'],
  'POST /keys': ['owner', 'admin'],
  'POST /keys/:id/revoke': ['owner', 'admin'],
  'GET /activity': ['owner', 'admin'],
  'GET /activity/bundle': ['owner', 'admin'],
  'POST /sign-out': ['owner', 'admin', 'agent'],
}

const scopeOf: Readonly<Record<string, string>> = {
  'GET /api/v1/account': 'account.read',
  'PATCH /api/v1/account': 'account.write',
  'GET /api/v1/conversations': 'conversation.read',
  'POST /api/v1/conversations': 'conversation.write',
  'GET /api/v1/conversations/:id': 'conversation.read',
  'PATCH /api/v1/conversations/:id': 'conversation.write',
  'GET /api/v1/conversations/:id/messages': 'conversation.read',
  'POST /api/v1/conversations/:id/messages': 'conversation.write',
  'GET /api/v1/contacts': 'contact.read',
  'POST /api/v1/contacts': 'contact.write',
  'GET /api/v1/contacts/:id': 'contact.read',
  'PATCH /api/v1/contacts/:id': 'contact.write',
  'DELETE /api/v1/contacts/:id': 'contact.delete',
  'GET /api/v1/merchants': 'merchant.read',
  'GET /api/v1/merchants/:id': 'merchant.read',
  'GET /api/v1/merchants/:id/revenue': 'revenue.read',
  'GET /api/v1/members': 'member.read',
  'GET /api/v1/audit': 'activity.read',
}

suite('nobody does what they may not', () => {
  let stage: Stage
  let house: Organization
  before(async () => {
    stage = await openStage()
    house = stage.organization('harrowgate')
  })
  after(() => stage.close())

  test('the tables below name every route there is', () => {
    assert.deepEqual(pageRoutes.map(nameOf).sort(), Object.keys(pagesOf).sort())
    assert.deepEqual(apiRoutes.map(nameOf).sort(), Object.keys(scopeOf).sort())
  })

  for (const role of roles) {
    for (const route of pageRoutes) {
      const open = pagesOf[nameOf(route)]?.includes(role) === true
      test(`${role}: ${nameOf(route)} is ${open ? 'open' : 'refused'}`, async () => {
        const cookie = await stage.signIn(house, role)
        const path = route.path.replace(':id', absentId)
        const answer =
          route.method === 'GET'
            ? await stage.page(path, cookie)
            : await stage.form(path, cookie, {
                ...bodies[nameOf(route)]?.({ contact: absentId }),
                email: `${role}@post.example`,
              })
        assert.equal(answer.status === 403, !open, `answered ${answer.status}`)
      })
    }
  }

  for (const route of apiRoutes) {
    test(`a key reaches ${nameOf(route)} with its scope only`, async () => {
      const needed = scopeOf[nameOf(route)]
      const others = scopes.filter(scope => scope !== needed)
      const path = route.path.replace(':id', absentId)
      const body =
        route.method === 'GET' || route.method === 'DELETE'
          ? {}
          : { body: bodies[nameOf(route)]?.({ contact: absentId }) }
      const without = await stage.api(route.method, path, { key: await stage.key(house, others), ...body })
      assert.equal(without.status, 403)
      const only = scopes.filter(scope => scope === needed)
      const having = await stage.api(route.method, path, { key: await stage.key(house, only), ...body })
      assert.ok([200, 201, 404, 422].includes(having.status), `answered ${having.status}`)
    })
  }

  for (const route of routes.filter(({ permission }) => permission !== 'public')) {
    test(`a stranger gets nowhere with ${nameOf(route)}`, async () => {
      const path = route.path.replace(':id', absentId)
      const answer = await fetch(stage.origin + path, { method: route.method, redirect: 'manual' })
      await answer.body?.cancel()
      if (route.surface === 'api') assert.equal(answer.status, 401)
      else assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/sign-in'])
    })
  }

  test('an agent reads who a merchant is, and not what it earns', async () => {
    const [merchant] = await house.sql<{ id: string }>`select id from desk.merchant limit 1`
    const seen = async (role: Role) =>
      (await stage.page(`/merchants/${merchant?.id ?? ''}`, await stage.signIn(house, role))).text()
    assert.match(await seen('admin'), /<h2>Revenue<\/h2>[^]*<meter/)
    assert.doesNotMatch(await seen('agent'), /Revenue|<meter/)
  })

  test('a role that changes counts from the next request on', async () => {
    const cookie = await stage.signIn(house, 'admin')
    assert.equal((await stage.page('/team', cookie)).status, 200)
    await house.sql`update desk.member set role = 'agent' where id = ${await stage.memberId(house, 'admin')}`
    assert.equal((await stage.page('/team', cookie)).status, 403)
  })

  test('the last owner cannot step down, also when two try at once', async () => {
    const cookie = await stage.signIn(house, 'owner')
    const owner = await stage.memberId(house, 'owner')
    assert.equal((await stage.form(`/team/${owner}`, cookie, { role: 'agent' })).status, 409)
    const second = await stage.memberId(house, 'admin')
    assert.equal((await stage.form(`/team/${second}`, cookie, { role: 'owner' })).status, 303)
    const both = await Promise.all([owner, second].map(id => stage.form(`/team/${id}`, cookie, { role: 'agent' })))
    assert.ok(both.some(answer => answer.status !== 303))
    const [left] = await house.sql<{ owners: number }>`
      select count(*)::integer as owners from desk.member where role = 'owner'`
    assert.equal(left?.owners, 1)
  })

  test('a revoked key is refused', async () => {
    const key = await stage.key(house)
    assert.equal((await stage.api('GET', '/api/v1/account', { key })).status, 200)
    await house.sql`update desk.api_key set revoked_at = now()`
    assert.equal((await stage.api('GET', '/api/v1/account', { key })).status, 401)
  })
})

suite('deny by default', () => {
  let stage: Stage
  before(async () => {
    stage = await openStage()
  })
  after(() => stage.close())

  test('a route without a permission stops the desk', () => {
    for (const permission of [undefined, 'toString', 'everything']) {
      const forgotten = { ...routes[0], permission }
      assert.throws(
        () => Reflect.apply(desk, undefined, [stage.platform.upheld, [forgotten]]),
        thrown => codeOf(thrown) === 'desk.no_permission',
      )
    }
  })

  test('a route that is mounted and not declared, or declared and not mounted, stops the desk', () => {
    const [first] = routes
    assert.ok(first)
    for (const mounted of [[...routes, { ...first, path: '/forgotten' }], routes.slice(1)]) {
      assert.throws(
        () => desk(stage.platform.upheld, mounted),
        thrown => codeOf(thrown) === 'desk.undeclared_route',
      )
    }
  })
})
