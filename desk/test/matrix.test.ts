import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { declareRoutes, type Credentials, type DeclaredRoute } from 'upheld'
import { access, type Permission, scopes } from '../src/access/permissions.ts'
import { desk, routes } from '../src/desk.ts'
import { declaredRoutes } from '../src/entrance/declared.ts'
import type { Route } from '../src/http/route.ts'
import { type Account, noRole, openAccount, requestOf } from './account.ts'
import { expected } from './expected.ts'
import { codeOf, openStage, type Stage } from './stage.ts'

const kinds = [...Object.keys(access.roles), noRole, 'nobody', 'key', 'bare key', 'visitor']
const declared = declaredRoutes(routes)
const pages = declared.filter(one => surfaceOf(one) === 'page')
const api = declared.filter(one => surfaceOf(one) === 'api')
const tables = [
  'account',
  'attachment',
  'contact',
  'conversation',
  'integration',
  'member',
  'merchant',
  'merchant_revenue',
  'message',
]

suite('every role, every permission, every route', () => {
  let stage: Stage
  before(async () => {
    stage = await openStage()
  })
  after(() => stage.close())

  /** All that an account has. */
  async function rowsOf({ organization }: Account): Promise<string> {
    const each = tables.map(
      name => `select '${name}' || to_jsonb(t)::text as row from desk.${name} t where organization_id = $1`,
    )
    const { rows } = await stage.platform.admin.query(
      `select md5(string_agg(row, '' order by row)) as digest from (${each.join(' union all ')}) all_rows`,
      [organization.id],
    )
    return String(rows[0]?.['digest'])
  }

  async function ask(account: Account, route: DeclaredRoute, way: Credentials): Promise<string> {
    const answer = await fetch(requestOf(stage.origin, route, account.ids, way))
    await answer.body?.cancel()
    const to = answer.headers.get('location')?.split('?')[0]
    return to === undefined ? String(answer.status) : `${answer.status} ${to}`
  }

  /** Let in: an answer, or a way onward inside of the desk. Refused: nothing of the account changed. */
  async function mustBe(open: boolean, account: Account, route: DeclaredRoute, way: Credentials): Promise<void> {
    const held = open ? '' : await rowsOf(account)
    const said = await ask(account, route, way)
    if (open) return assert.match(said, /^(200|201|204|303 \/(?!sign-in|organizations|account))/, nameOf(route))
    assert.match(said, /^(401|403|404|303 \/sign-in)$/, nameOf(route))
    assert.equal(await rowsOf(account), held, `${nameOf(route)} changed something`)
  }

  test('the table above names every route there is, and says what the definition says', () => {
    assert.deepEqual(routes.map(nameOf).sort(), Object.keys(expected).sort())
    for (const route of declared) {
      const roles = route.roles === 'public' ? 'everybody' : route.roles.join(' ')
      assert.equal(roles, expected[nameOf(route)], nameOf(route))
    }
    const cells = declareRoutes(access, routes).matrix(new Date())
    for (const { method, path, role, allowed } of cells) {
      const route = routes.find(one => one.method === method && one.path === path)
      if (route?.surface !== 'page') continue
      assert.equal(
        expected[`${method} ${path}`]?.split(' ').includes(role) === true,
        allowed,
        `${role} ${method} ${path}`,
      )
    }
  })

  for (const kind of kinds) {
    test(`${kind}: every route is open as the table says, and a refusal changes nothing`, async () => {
      const account = await openAccount(stage)
      const way = account.ways[kind]
      assert.ok(way)
      // Whoever comes for the first time leaves their name.
      await ask(account, firstOf(pages), way)
      for (const route of declared) {
        const words = expected[nameOf(route)] ?? ''
        await mustBe(words === 'everybody' || words.split(' ').includes(kind), account, route, way)
      }
    })
  }

  test('somebody with one permission alone reaches its pages, and no others', async () => {
    const account = await openAccount(stage)
    const way = account.ways[noRole]
    assert.ok(way)
    await ask(account, firstOf(pages), way)
    const [author, about] = [memberIn(account, 'owner'), memberIn(account, noRole)]
    const members = stage.people.members.organization(account.organization.id)
    for (const permission of permissionsOf(pages)) {
      const [id] = await stage.people.roles.addOverrides(members, author, [allowed(about.memberId, permission)])
      for (const route of pages) await mustBe(permissionOf(route) === permission, account, route, way)
      await stage.people.roles.withdrawOverrides(members, author, [id ?? ''])
      await mustBe(false, account, firstOf(pages.filter(route => permissionOf(route) === permission)), way)
    }
  })

  test('what is denied to somebody is closed, whatever their role gives', async () => {
    const account = await openAccount(stage)
    const way = account.ways['admin']
    assert.ok(way)
    await ask(account, firstOf(pages), way)
    const [author, about] = [memberIn(account, 'owner'), memberIn(account, 'admin')]
    const members = stage.people.members.organization(account.organization.id)
    for (const route of pages.filter(one => one.roles.includes('admin'))) {
      const denial = { ...allowed(about.memberId, permissionOf(route) ?? ''), effect: 'deny' as const }
      const [id] = await stage.people.roles.addOverrides(members, author, [denial])
      await mustBe(false, account, route, way)
      await stage.people.roles.withdrawOverrides(members, author, [id ?? ''])
    }
  })

  test('a key with one scope alone reaches what it names, and nothing else', async () => {
    const account = await openAccount(stage)
    for (const scope of scopes) {
      const way = bearer(await stage.key(account.organization, [scope]))
      for (const route of api) await mustBe(permissionOf(route) === scope, account, route, way)
    }
  })

  test('a key with every scope but one reaches everything else', async () => {
    const account = await openAccount(stage)
    for (const route of api) {
      const others = scopes.filter(scope => scope !== permissionOf(route))
      await mustBe(false, account, route, bearer(await stage.key(account.organization, others)))
    }
  })

  test('a role that changes counts from the next request on, for its keys too', async () => {
    const account = await openAccount(stage)
    const [owner, admin] = [memberIn(account, 'owner'), memberIn(account, 'admin')]
    const way = account.ways['admin']
    const { key } = await stage.people.keys.create(account.organization.id, admin, {
      name: 'test',
      scopes: ['revenue.read'],
      days: 1,
    })
    const integrations = firstOf(pages.filter(one => nameOf(one) === 'GET /integrations'))
    const revenue = firstOf(api.filter(one => nameOf(one) === 'GET /api/v1/merchants/:id/revenue'))
    assert.ok(way)
    for (const [roles, open] of [
      [['admin'], true],
      [['agent'], false],
      [['admin'], true],
    ] as const) {
      const members = stage.people.members.organization(account.organization.id)
      await stage.people.roles.changeRoles(members, owner, [{ memberId: admin.memberId, roles }])
      await mustBe(open, account, integrations, way)
      await mustBe(open, account, revenue, bearer(key))
    }
  })

  test('whoever was suspended or removed is let in nowhere, and their keys neither', async () => {
    const account = await openAccount(stage)
    const way = account.ways['admin']
    const admin = memberIn(account, 'admin')
    const given = { name: 'test', scopes: ['contact.read'], days: 1 }
    const { key } = await stage.people.keys.create(account.organization.id, admin, given)
    const contacts = firstOf(api.filter(one => nameOf(one) === 'GET /api/v1/contacts'))
    assert.ok(way)
    assert.equal(await ask(account, contacts, bearer(key)), '200')
    for (const text of [
      'update upheld_access.member set suspended_at = now() where id = $1',
      'delete from upheld_access.member where id = $1',
    ]) {
      await stage.platform.admin.query(text, [admin.memberId])
      assert.equal(await ask(account, firstOf(pages), way), '303 /organizations')
      assert.equal(await ask(account, contacts, bearer(key)), '401')
    }
  })

  test('whoever may do something privileged opens no page with a password alone, on whichever way', async () => {
    const account = await openAccount(stage)
    for (const role of Object.keys(access.roles)) {
      const member = account.members[role]
      const cookie = await stage.session(member?.personId ?? '', account.organization.id, 'password')
      const way = { headers: { cookie, origin: stage.origin } }
      const held = await rowsOf(account)
      for (const route of pages.filter(one => one.roles.includes(role))) {
        const said = await ask(account, route, way)
        if (role === 'agent') assert.doesNotMatch(said, /second-factor/, nameOf(route))
        else assert.equal(said, '303 /account/second-factor', `${role} ${nameOf(route)}`)
      }
      if (role !== 'agent') assert.equal(await rowsOf(account), held)
    }
  })

  test('a route without a permission, or with one that is not defined, stops the desk', () => {
    for (const permission of [undefined, 'toString', 'everything']) {
      const forgotten = { ...routes[0], permission }
      assert.throws(
        () => Reflect.apply(desk, undefined, [stage.platform.upheld, stage.people, [forgotten]]),
        thrown => codeOf(thrown) === 'access.undeclared_route',
      )
    }
  })

  test('a route that is mounted and not declared, or declared and not mounted, stops the desk', () => {
    const [first] = routes
    assert.ok(first)
    for (const mounted of [[...routes, { ...first, path: '/forgotten' }], routes.slice(1)]) {
      assert.throws(
        () => desk(stage.platform.upheld, stage.people, mounted),
        thrown => codeOf(thrown) === 'desk.undeclared_route',
      )
    }
  })

  test('without anybody who could come in the desk does not start', () => {
    assert.throws(
      () => desk(stage.platform.upheld, undefined),
      thrown => codeOf(thrown) === 'desk.no_people',
    )
  })
})

function routeOf({ method, path }: DeclaredRoute): Route | undefined {
  return routes.find(one => one.method === method && one.path === path)
}

function surfaceOf(route: DeclaredRoute): Route['surface'] | undefined {
  return routeOf(route)?.surface
}

function permissionOf(route: DeclaredRoute): Permission | 'public' | undefined {
  return routeOf(route)?.permission
}

function permissionsOf(some: readonly DeclaredRoute[]): readonly string[] {
  return [...new Set(some.map(route => permissionOf(route) ?? ''))]
}

function nameOf({ method, path }: { readonly method: string; readonly path: string }): string {
  return `${method} ${path}`
}

function memberIn({ members }: Account, role: string): { readonly memberId: string } {
  const member = members[role]
  assert.ok(member)
  return member
}

function allowed(memberId: string, permission: string) {
  const dayMs = 86_400_000
  const ends = { expiresAt: new Date(Date.now() + 2 * dayMs), reviewAt: new Date(Date.now() + dayMs) }
  return { memberId, permission, effect: 'allow' as const, reason: 'For this test.', ...ends }
}

function bearer(key: string): Credentials {
  return { headers: { authorization: `Bearer ${key}` } }
}

function firstOf<T>(some: readonly T[]): T {
  const [first] = some
  assert.ok(first !== undefined)
  return first
}
