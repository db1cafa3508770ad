import assert from 'node:assert/strict'
import { test } from 'node:test'
import { application } from '../upheld.ts'
import { access } from '../src/access/permissions.ts'
import { routes } from '../src/desk.ts'
import { declaredRoutes } from '../src/entrance/declared.ts'
import { nameOf, pageRoutes } from './routes.ts'
import { codeOf } from './stage.ts'

const told = new Map(application.routes?.declared.map(one => [`${one.method} ${one.path}`, one]))

test('every route that is mounted is described to the prover, and no other', () => {
  assert.deepEqual([...told.keys()], routes.map(nameOf))
})

test('every page that a member enters names its permission, and the prover is told: without, nothing is proven of it', () => {
  assert.ok(pageRoutes.length > 0)
  for (const page of pageRoutes) {
    const { permission, roles } = told.get(nameOf(page)) ?? {}
    assert.ok(permission !== undefined && access.isPermission(permission), nameOf(page))
    assert.equal(permission, page.permission, nameOf(page))
    const holders = Object.keys(access.roles).filter(role => access.roles[role]?.some(one => one === permission))
    assert.deepEqual(new Set(roles), new Set(holders), nameOf(page))
  }
})

test('what programs and visitors call names no permission of a member: no role of one opens it', () => {
  for (const route of routes.filter(({ surface }) => surface !== 'page')) {
    const { permission, roles } = told.get(nameOf(route)) ?? {}
    assert.equal(permission, undefined, nameOf(route))
    const members = Object.keys(access.roles)
    assert.ok(roles === 'public' || roles?.every(role => !members.includes(role)), nameOf(route))
  }
})

test('a route that names no permission, or one that is not defined, does not start', () => {
  for (const forgotten of routes) {
    for (const permission of [undefined, '', 'everything', 'toString']) {
      const mounted = routes.map(route => (route === forgotten ? { ...route, permission } : route))
      assert.throws(
        () => Reflect.apply(declaredRoutes, undefined, [mounted]),
        thrown => codeOf(thrown) === 'access.undeclared_route',
        nameOf(forgotten),
      )
    }
  }
})
