import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { z } from 'zod'
import { UpheldError } from '../../core/errors.ts'
import { declareRoutes, defineAccess, housePermissions, type MemberAccess, type MemberOverride } from './index.ts'

const now = new Date('2026-01-01T00:00:00.000Z')
const later = (secs: number): Date => new Date(now.getTime() + secs * 1000)

const access = defineAccess({
  permissions: {
    'ticket.read': { says: 'Read tickets.', keys: true, staff: 'read' },
    'ticket.close': { says: 'Close tickets.', keys: true, staff: 'write' },
    'ticket.export': { says: 'Export all tickets.', privileged: true },
  },
  roles: {
    owner: 'all',
    admin: ['ticket.read', 'ticket.close', 'ticket.export', 'organization.members.roles'],
    agent: ['ticket.read', 'ticket.close'],
    reader: ['ticket.read'],
  },
})

const override = (permission: string, effect: 'allow' | 'deny', expiresAt = later(60)): MemberOverride => ({
  id: `${effect} ${permission}`,
  permission,
  effect,
  expiresAt,
})
const member = (
  roles: readonly string[],
  overrides: readonly MemberOverride[] = [],
  suspended = false,
): MemberAccess => ({
  memberId: 'm',
  roles,
  overrides,
  suspended,
})
const setOf = (...given: Parameters<typeof member>) => access.setOf(member(...given), now)

/** What JavaScript would pass in spite of the types. */
function untyped(text: string): never {
  return z.custom<never>().parse(JSON.parse(text))
}
function refusal(work: () => unknown): UpheldError {
  try {
    work()
  } catch (thrown) {
    assert.ok(thrown instanceof UpheldError, String(thrown))
    return thrown
  }
  assert.fail('nothing was refused')
}

suite('attacks on decisions', () => {
  test('deny override on owner: the denial wins', () => {
    const set = setOf(['owner'], [override('ticket.close', 'deny')])
    assert.equal(set.may('ticket.close'), false)
    assert.equal(set.may('ticket.read'), true)
    const { says, because } = set.explain('ticket.close')
    assert.equal(
      says,
      'ticket.close is refused: denied by the exception deny ticket.close (until 2026-01-01T00:01:00.000Z).',
    )
    assert.deepEqual(
      because.map(({ kind }) => kind),
      ['deny'],
    )
  })

  test('grant + deny of the same permission: denied, whichever came first', () => {
    const both = [override('ticket.export', 'allow'), override('ticket.export', 'deny')]
    for (const overrides of [both, both.toReversed()]) {
      assert.equal(setOf(['agent'], overrides).may('ticket.export'), false)
      assert.equal(setOf(['admin'], overrides).may('ticket.export'), false)
    }
  })

  test('expired override: no effect, from the millisecond of its end', () => {
    const allow = [override('ticket.export', 'allow')]
    assert.equal(access.setOf(member(['agent'], allow), later(59.999)).may('ticket.export'), true)
    assert.equal(access.setOf(member(['agent'], allow), later(60)).may('ticket.export'), false)
    const deny = [override('ticket.read', 'deny')]
    assert.equal(access.setOf(member(['agent'], deny), later(59.999)).may('ticket.read'), false)
    assert.equal(access.setOf(member(['agent'], deny), later(60)).may('ticket.read'), true)
  })

  test('a set that is kept: it says until when it holds, and gives the next one', () => {
    const set = setOf(['agent'], [override('ticket.export', 'allow'), override('ticket.read', 'deny', later(120))])
    assert.equal(set.untilMs, later(60).getTime())
    assert.equal(set.at(later(59)), set)
    assert.deepEqual(set.at(later(60)).list(), ['ticket.close'])
    assert.deepEqual(set.at(later(120)).list(), ['ticket.read', 'ticket.close'])
    assert.equal(setOf(['agent']).untilMs, Infinity)
  })

  test('a clock that gives no time: allows are dead, denials live', () => {
    const overrides = [override('ticket.export', 'allow'), override('ticket.read', 'deny')]
    assert.deepEqual(access.setOf(member(['agent'], overrides), new Date(NaN)).list(), ['ticket.close'])
    const endless = [override('ticket.export', 'allow', new Date(NaN)), override('ticket.read', 'deny', new Date(NaN))]
    assert.deepEqual(setOf(['agent'], endless).list(), ['ticket.close'])
    assert.match(setOf(['agent'], endless).explain('ticket.read').says, /without an end/)
  })

  test('role deleted with overrides left: nothing by default, and what is left counts for itself alone', () => {
    const left = [override('ticket.gone', 'allow'), override('ticket.close', 'deny'), override('ticket.read', 'allow')]
    const set = setOf(['gone', '__proto__', 'constructor'], left)
    assert.deepEqual(set.list(), ['ticket.read'])
    assert.deepEqual(set.roles, [])
    assert.equal(set.explain('ticket.export').says, 'ticket.export is refused: no role and no exception gives it.')
    assert.deepEqual(set.explain('ticket.gone').because, [{ kind: 'unknown' }])
  })

  test('a name that no permission has: refused, whatever JavaScript knows by it', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'ticket', '', 'ticket.read ', 'Ticket.read']) {
      const typed: 'ticket.read' = untyped(JSON.stringify(name))
      assert.equal(setOf(['owner']).may(typed), false, name)
      assert.equal(access.isPermission(name), false)
    }
  })

  test('a suspended owner may do nothing, grants nothing, and is told why', () => {
    const set = setOf(['owner'], [override('ticket.read', 'allow')], true)
    assert.deepEqual([set.list(), set.roles, set.privileged, set.inPerson], [[], [], false, false])
    assert.match(set.explain('ticket.read').says, /suspended/)
    assert.equal(access.mayGrant(set, []).allowed, true)
    assert.equal(access.mayGrant(set, ['reader']).allowed, false)
  })

  test('every row that gives is named in a yes', () => {
    const set = setOf(['agent', 'reader', 'agent'], [override('ticket.read', 'allow')])
    assert.deepEqual(
      set.explain('ticket.read').because.map(reason => ('role' in reason ? reason.role : reason.kind)),
      ['agent', 'reader', 'allow'],
    )
    assert.deepEqual(set.only(['ticket.close']).explain('ticket.read').because, [{ kind: 'out-of-scope' }])
  })
})

suite('attacks on granting', () => {
  test('grant beyond own: a role with one permission that the giver lacks is refused, and named', () => {
    const agent = setOf(['agent'])
    assert.deepEqual(access.mayGrant(agent, ['reader']), { allowed: true })
    assert.deepEqual(access.mayGrant(agent, ['reader', 'admin']), {
      allowed: false,
      code: 'beyond_own',
      missing: ['ticket.export', 'organization.members.roles'],
    })
    const denied = setOf(['admin'], [override('ticket.close', 'deny')])
    assert.deepEqual(access.mayGrant(denied, ['agent']), {
      allowed: false,
      code: 'beyond_own',
      missing: ['ticket.close'],
    })
    assert.equal(access.mayGrant(agent, ['gone']).allowed, false)
  })

  test('only an owner makes an owner, also when somebody has every permission', () => {
    const everything = defineAccess({
      permissions: { 'a.b': { says: 'Do it.' } },
      roles: { owner: 'all', admin: [...Object.values(housePermissionNames), 'a.b'], agent: [] },
    })
    const of = (roles: readonly string[]) => everything.setOf(member(roles), now)
    assert.deepEqual(of(['admin']).list(), of(['owner']).list())
    assert.deepEqual(everything.mayGrant(of(['admin']), ['owner']), {
      allowed: false,
      code: 'only_owner',
      missing: ['owner'],
    })
    assert.deepEqual(everything.mayGrant(of(['owner']), ['owner']), { allowed: true })
  })

  test('what is had for a time cannot be given for good, nor for longer', () => {
    const elevated = setOf(['agent'], [override('ticket.export', 'allow')])
    assert.equal(access.mayGrantPermission(elevated, 'ticket.export', later(60).getTime()).allowed, true)
    assert.deepEqual(access.mayGrantPermission(elevated, 'ticket.export', later(61).getTime()), {
      allowed: false,
      code: 'outlives_own',
      missing: ['ticket.export'],
    })
    assert.equal(access.mayGrantPermission(elevated, 'ticket.export', NaN).allowed, false)
    const roleFor = defineAccess({
      permissions: { 'a.b': { says: 'Do it.' } },
      roles: { owner: 'all', admin: ['a.b'], agent: [] },
    })
    const for60 = roleFor.setOf(member(['agent'], [override('a.b', 'allow')]), now)
    assert.deepEqual(roleFor.mayGrant(for60, ['admin']), { allowed: false, code: 'outlives_own', missing: ['a.b'] })
  })

  test('scopes of a key lie within its maker, and shrink with its maker', () => {
    const agent = setOf(['agent'])
    assert.equal(access.permissionsWithin(['ticket.read', 'ticket.close'], agent), true)
    assert.equal(access.permissionsWithin(['ticket.read', 'ticket.export'], agent), false)
    assert.equal(access.permissionsWithin(['ticket.read'], ['ticket.close']), false)
    assert.deepEqual(agent.only(['ticket.close', 'ticket.export', 'gone']).list(), ['ticket.close'])
    assert.deepEqual(setOf(['reader']).only(['ticket.close', 'ticket.export']).list(), [])
    assert.equal(agent.only(['ticket.read']).only(['ticket.close']).may('ticket.close'), false)
  })
})

const housePermissionNames = Object.keys(housePermissions)
  .filter(name => access.isPermission(name))
  .map(houseName)

function houseName(name: string): keyof typeof housePermissions {
  const isHouse = (text: string): text is keyof typeof housePermissions => Object.hasOwn(housePermissions, text)
  assert.ok(isHouse(name))
  return name
}

suite('definitions', () => {
  test('every problem is told at once', () => {
    const { code, detail = '' } = refusal(() =>
      defineAccess(
        untyped(`{
          "permissions": { "Ticket": { "says": "x" }, "a.b": { "says": "Do it.", "secret": true }, "organization.new": { "says": "Ours." },
            "c.d": { "says": "Do it." }, "a.constructor": { "says": "Fine." } },
          "roles": { "admin": ["c.d", "c.d", "nobody.knows"], "agent": "all", "constructor": [], "__proto__": ["c.d"] },
          "resources": { "ticket": { "__proto__": {}, "subject": { "read": "c.x" }, "toString": {} }, "1": {} },
          "colour": 1
        }`),
      ),
    )
    assert.equal(code, 'access.bad_definition')
    for (const part of [
      'The permission Ticket:',
      'The permission a.b:',
      'The permission organization.new: this first word',
      'The role admin has the permission nobody.knows',
      'The role admin has twice: c.d.',
      'The role agent: only the owner',
      'The role constructor:',
      'The role __proto__:',
      'There is no role owner.',
      'The field __proto__ of ticket:',
      'The field toString of ticket:',
      'The field subject of ticket needs the permission c.x',
      'The resource 1:',
      'A definition has no colour.',
    ]) {
      assert.ok(detail.includes(part), `${part}\n${detail}`)
    }
  })

  test('an owner who lacks a permission is refused, with all that is lacking', () => {
    const { detail = '' } = refusal(() =>
      defineAccess({ permissions: { 'a.b': { says: 'Do it.' } }, roles: { owner: ['a.b'], admin: [], agent: [] } }),
    )
    for (const name of Object.keys(housePermissions)) assert.ok(detail.includes(name), name)
  })

  test('`__proto__` in a literal, or something else than an object, defines nothing', () => {
    const roles = { owner: 'all', admin: [], agent: [] } as const
    // What `{ __proto__: … }` in a literal does.
    const sly = { 'c.d': { says: 'Do it.' } }
    Object.setPrototypeOf(sly, { 'a.b': { says: 'Do it.' } })
    assert.match(refusal(() => defineAccess({ permissions: sly, roles })).message, /`__proto__` is no name/)
    for (const given of [
      'null',
      '[]',
      '1',
      '{"permissions":null,"roles":[]}',
      '{"permissions":{"a.b":null},"roles":{"owner":1}}',
    ]) {
      assert.equal(refusal(() => defineAccess(untyped(given))).code, 'access.bad_definition', given)
    }
  })

  test('what was defined cannot be changed, and has the names that were defined alone', () => {
    assert.throws(() => Object.assign(access.roles, { agent: ['ticket.export'] }), TypeError)
    assert.throws(() => Object.assign(access.permissions['ticket.read'], { keys: false }), TypeError)
    assert.equal('constructor' in access.permissions || 'constructor' in access.roles, false)
    assert.deepEqual(access.permissions['ticket.export'], {
      says: 'Export all tickets.',
      privileged: true,
      staff: 'never',
      keys: false,
    })
  })

  test('no permission of the house can be given to staff or to a key', () => {
    for (const name of housePermissionNames) {
      assert.deepEqual([access.permissions[name].staff, access.permissions[name].keys], ['never', false], name)
    }
  })
})

suite('types', () => {
  test('a permission that is not defined does not compile, and is refused where nobody compiles', () => {
    // @ts-expect-error: not in the definition
    assert.equal(setOf(['owner']).may('ticket.gone'), false)
    // @ts-expect-error: not in the definition
    assert.throws(() => declareRoutes(access, [{ method: 'GET', path: '/', permission: 'ticket.gone' }]))
    const permissions = { 'a.b': { says: 'Do it.' } }
    // @ts-expect-error: not in the definition
    assert.throws(() => defineAccess({ permissions, roles: { owner: 'all', admin: ['a.c'], agent: [] } }))
    // @ts-expect-error: there is always an owner
    assert.throws(() => defineAccess({ permissions, roles: { admin: ['a.b'], agent: [] } }))
    // @ts-expect-error: no such resource
    assert.throws(() => access.pick('ticket', setOf(['owner']), {}), { code: 'access.unknown_resource' })
  })
})

suite('routes', () => {
  const routes = [
    { method: 'GET', path: '/tickets', permission: 'ticket.read' },
    { method: 'POST', path: '/tickets/:id/close', permission: 'ticket.close' },
    { method: 'GET', path: '/me', permission: 'member' },
    { method: 'GET', path: '/sign-in', permission: 'public' },
  ] as const

  // ASVS 8.1.1, 8.3.1
  test('an undeclared route does not start: every one is named, with those that say nonsense', () => {
    const error = refusal(() =>
      declareRoutes(access, [
        ...routes,
        { method: 'GET', path: '/forgotten' },
        { method: 'DELETE', path: '/tickets' },
        { method: 'get', path: '/tickets', permission: 'ticket.read' },
        untyped('{"method":"GET","path":"/odd","permission":"constructor"}'),
      ]),
    )
    assert.equal(error.code, 'access.undeclared_route')
    assert.equal(
      error.detail,
      'GET /forgotten says no permission. DELETE /tickets says no permission. GET /tickets is there twice. GET /odd needs constructor, which is not defined.',
    )
  })

  test('the matrix has every route for every role, for a member without one, and for nobody', () => {
    const matrix = declareRoutes(access, routes).matrix(now)
    assert.equal(matrix.length, routes.length * (Object.keys(access.roles).length + 2))
    const allowed = (path: string) => matrix.filter(cell => cell.path === path && cell.allowed).map(({ role }) => role)
    assert.deepEqual(allowed('/tickets'), ['owner', 'admin', 'agent', 'reader'])
    assert.deepEqual(allowed('/tickets/:id/close'), ['owner', 'admin', 'agent'])
    assert.deepEqual(allowed('/me'), ['owner', 'admin', 'agent', 'reader', 'no role'])
    assert.deepEqual(allowed('/sign-in'), ['owner', 'admin', 'agent', 'reader', 'no role', 'nobody'])
  })

  test('a route that is unknown, a suspended member, and a key on a page for people: no', () => {
    const declared = declareRoutes(access, routes)
    const owner = setOf(['owner'])
    assert.equal(declared.may({ method: 'get', path: '/tickets' }, owner), true)
    assert.equal(declared.may({ method: 'PUT', path: '/tickets' }, owner), false)
    assert.equal(declared.may({ method: 'GET', path: '/constructor' }, owner), false)
    assert.equal(declared.may({ method: 'GET', path: '/me' }, setOf(['owner'], [], true)), false)
    assert.equal(declared.may({ method: 'GET', path: '/me' }, owner.only(['ticket.read'])), false)
    assert.equal(declared.may({ method: 'GET', path: '/tickets' }, owner.only(['ticket.read'])), true)
    assert.equal(declared.may({ method: 'GET', path: '/tickets' }, undefined), false)
  })
})
