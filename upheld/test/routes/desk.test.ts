import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { desk, routes } from '../../../desk/src/desk.ts'
import { apiRoute } from '../../../desk/src/http/api-route.ts'
import { input, withId } from '../../../desk/src/http/inputs.ts'
import type { Route } from '../../../desk/src/http/route.ts'
import { getContact, listContacts } from '../../../desk/src/contacts/store.ts'
import { openDeskPeople } from '../../../desk/test/stage.ts'
import { application } from '../../../desk/upheld.ts'
import type { Finding } from '../../src/index.ts'
import { isolationRoutes } from '../../src/proof/probes/isolation-routes/claim.ts'
import type { Handler } from '../../src/surfaces/server/index.ts'
import { startServer } from '../../src/testing/index.ts'
import { proveSystem, type ProvenSystem } from '../proof/system.ts'

suite('the routes of the desk', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(application)
  })
  after(() => system.close())

  async function walk(origin?: string): Promise<{ findings: Finding[]; places: Set<string> }> {
    const findings: Finding[] = []
    const places = new Set<string>()
    const { live } = system.stage
    const stop = new AbortController()
    const world = origin === undefined ? live : { ...live, origin: async () => origin }
    const done = isolationRoutes.probe.run(world, {
      population: () => undefined,
      observe: (_attack, where) => void places.add(where),
      refute(finding) {
        findings.push(finding)
        if (origin !== undefined) stop.abort()
      },
      signal: stop.signal,
    })
    await done.catch((thrown: unknown) => {
      if (!stop.signal.aborted) throw thrown
    })
    return { findings, places }
  }

  /** The desk with other handlers in the places of some, as somebody could have written them. */
  async function walkBroken(...others: readonly Route[]): Promise<readonly Finding[]> {
    const same = (one: Route, other: Route): boolean => one.path === other.path && one.method === other.method
    const mounted = routes.map(route => others.find(other => same(other, route)) ?? route)
    const { promise: handler, resolve } = Promise.withResolvers<Handler>()
    const server = await startServer({
      host: '127.0.0.1',
      port: 0,
      whenTaken: 'refuse',
      handle: async (request, caller) => (await handler)(request, caller),
      onFailure: () => undefined,
    })
    const origin = `http://localhost:${server.port}`
    const people = openDeskPeople(system, origin)
    const inner = desk(system.upheld, people, mounted)
    resolve(async (request, caller) => (await people.site.fetch(request, caller)) ?? inner(request, caller))
    try {
      return (await walk(origin)).findings
    } finally {
      await server.close()
      await people.close()
    }
  }

  test('each is attacked, and holds', async () => {
    const { findings, places } = await walk()
    assert.deepEqual(findings, [])
    for (const { method, path } of routes) assert.ok(places.has(`${method} ${path}`), `${method} ${path}`)
  })

  test('answers kept at hand for whoever asks next are noticed', async () => {
    const kept = new Map<string, object>()
    const broken = apiRoute({
      method: 'GET',
      path: '/api/v1/contacts/:id',
      permission: 'contact.read',
      input: withId,
      async answer({ organization, input: { params } }) {
        const contact = kept.get(params.id) ?? (await getContact(organization, params.id))
        if (contact !== undefined) kept.set(params.id, contact)
        return contact && { body: contact }
      },
    })
    const [finding] = await walkBroken(broken)
    assert.match(`${finding?.where ?? ''}: ${finding?.saw ?? ''}`, /^GET \/api\/v1\/contacts\/:id: their text came/)
  })

  test('a list that a header turns to another organization is noticed', async () => {
    const route = routes.find(({ method, path }) => method === 'GET' && path === '/api/v1/members')
    assert.ok(route)
    const broken: Route = {
      ...route,
      async answer(visit) {
        const given = await route.answer(visit)
        const id = visit.request.headers.get('x-tenant')
        if (id === null || given.status !== 200) return given
        const after = ['', '00000000-0000-0000-0000-000000000000'] as const
        return Response.json(await listContacts(visit.upheld.organization(id), { limit: 25, after }))
      },
    }
    const [finding] = await walkBroken(broken)
    assert.match(
      `${finding?.where ?? ''}: ${finding?.attack ?? ''}`,
      /^GET \/api\/v1\/members: their organization in headers/,
    )
  })

  test('a route that asks for less than it was declared with is noticed', async () => {
    const broken = apiRoute({
      method: 'GET',
      path: '/api/v1/merchants',
      permission: 'merchant.read',
      input,
      answer: async () => ({ body: { items: [], next: null } }),
    })
    const open: Route = { ...broken, answer: async () => Response.json({ items: [], next: null }) }
    const [finding] = await walkBroken(open)
    assert.match(`${finding?.where ?? ''}: ${finding?.saw ?? ''}`, /^GET \/api\/v1\/merchants/)
  })
})
