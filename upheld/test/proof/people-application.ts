import type { Application } from '../../src/application.ts'
import { UpheldError } from '../../src/core/errors.ts'
import { organizationId } from '../../src/core/ids.ts'
import { defineAccess } from '../../src/guards/access/index.ts'
import type { Visitor } from '../../src/guards/keys/index.ts'
import type { People } from '../../src/people.ts'
import { idOf, type DeclaredRoute, type FurnishedPeople, type Furnishing } from '../../src/routes.ts'
import type { Organization } from '../../src/upheld.ts'

/** Roles of its own, one permission of each kind. */
const shopAccess = defineAccess({
  permissions: {
    'thing.read': { says: 'See things.', keys: true, staff: 'read' },
    'thing.write': { says: 'Change things.', keys: true, staff: 'write' },
    'thing.purge': { says: 'Destroy things.', privileged: true },
    'visitor.assert': { says: 'Say who a visitor is.', keys: true },
  },
  roles: {
    owner: 'all',
    admin: [
      'thing.read',
      'thing.write',
      'organization.members.read',
      'organization.members.invite',
      'organization.members.roles',
      'organization.members.overrides',
      'organization.members.remove',
      'organization.keys',
    ],
    agent: ['thing.read', 'thing.write', 'organization.members.read'],
    reader: ['thing.read'],
  },
})

type Need = 'thing.read' | 'thing.write' | 'thing.purge'

interface Way {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly form: RegExp
  readonly needs: Need
  readonly by: 'page' | 'key' | 'visitor'
  run(organization: Organization, id: string | undefined, visitor?: Visitor): Promise<Response>
}

const listed = async (organization: Organization): Promise<Response> =>
  Response.json(await organization.sql`select id, name from shop.thing order by name, id limit 50`)

const one = async (organization: Organization, id: string | undefined): Promise<Response> => {
  const rows = await organization.sql`select id, name from shop.thing where id::text = ${id ?? ''}`
  return rows.length === 0 ? new Response('not here', { status: 404 }) : Response.json(rows[0])
}

const renamed = async (organization: Organization, id: string | undefined): Promise<Response> => {
  const rows = await organization.sql`update shop.thing set name = 'renamed' where id::text = ${id ?? ''} returning id`
  return rows.length === 0 ? new Response('not here', { status: 404 }) : Response.json(rows[0])
}

const purged = async (organization: Organization, id: string | undefined): Promise<Response> => {
  const rows = await organization.sql`delete from shop.thing where id::text = ${id ?? ''} returning id`
  return rows.length === 0 ? new Response('not here', { status: 404 }) : Response.json(rows[0])
}

/** Things of visitors end with who they are. */
const ownThings = async (organization: Organization, visitor: Visitor | undefined): Promise<Response> => {
  const rows = await organization.sql`
    select id, name from shop.thing where right(name, ${visitor?.id.length ?? 0} + 1) = ${` ${visitor?.id ?? ''}`}`
  return Response.json(rows)
}

const seenThing = async (organization: Organization, id: string | undefined, visitor?: Visitor): Promise<Response> => {
  const [row] = await organization.sql<{ name: string }>`select name from shop.thing where id::text = ${id ?? ''}`
  const refusal = visitor?.owns(row?.name.split(' ').at(-1) ?? '')
  return visitor === undefined || refusal !== undefined ? new Response('not here', { status: 404 }) : Response.json(row)
}

const id = '([0-9a-f-]{36})'
const ways: readonly Way[] = [
  { method: 'GET', path: '/things', form: /^\/things$/, needs: 'thing.read', by: 'page', run: listed },
  {
    method: 'GET',
    path: '/things/:id',
    form: new RegExp(`^/things/${id}$`),
    needs: 'thing.read',
    by: 'page',
    run: one,
  },
  {
    method: 'POST',
    path: '/things/:id',
    form: new RegExp(`^/things/${id}$`),
    needs: 'thing.write',
    by: 'page',
    run: renamed,
  },
  {
    method: 'POST',
    path: '/things/:id/purge',
    form: new RegExp(`^/things/${id}/purge$`),
    needs: 'thing.purge',
    by: 'page',
    run: purged,
  },
  { method: 'GET', path: '/api/things', form: /^\/api\/things$/, needs: 'thing.read', by: 'key', run: listed },
  {
    method: 'POST',
    path: '/api/things/:id',
    form: new RegExp(`^/api/things/${id}$`),
    needs: 'thing.write',
    by: 'key',
    run: renamed,
  },
  {
    method: 'GET',
    path: '/widget/things',
    form: /^\/widget\/things$/,
    needs: 'thing.read',
    by: 'visitor',
    run: (organization, _, visitor) => ownThings(organization, visitor),
  },
  {
    method: 'POST',
    path: '/widget/things/:id',
    form: new RegExp(`^/widget/things/${id}$`),
    needs: 'thing.write',
    by: 'visitor',
    run: seenThing,
  },
]

/** An application that leaves its people to Upheld, for the claims about them. */
export const peopleApplication: Pick<Application, 'tenantSchemas' | 'migrations'> & Partial<Application> = {
  name: 'Shop',
  tenantSchemas: ['shop'],
  migrations: new URL('../../src/testing/people-migrations/', import.meta.url),
  people: {
    access: shopAccess,
    home: '/things',
    visitors: { scopes: ['thing.read', 'thing.write'], anonymous: ['thing.read'], assertScope: 'visitor.assert' },
  },
  routes: { declared: ways.map(declared), furnish },
  fetch:
    (_, people) =>
    async (request, { address }) => {
      if (people === undefined) return new Response('no people', { status: 500 })
      try {
        return await answer(people, request, address)
      } catch (thrown) {
        if (thrown instanceof UpheldError && thrown.status < 500)
          return new Response(thrown.code, { status: thrown.status })
        throw thrown
      }
    },
}

function declared({ method, path, needs, by }: Way): DeclaredRoute {
  const roles = Object.keys(shopAccess.roles).filter(role => shopAccess.roles[role]?.includes(needs))
  return {
    method,
    path,
    roles: by === 'page' ? roles : [by],
    ...(by === 'page' ? { permission: needs } : {}),
    ...(path.includes(':id') ? { params: { id: idOf(by === 'visitor' ? 'visitor-thing' : 'thing') } } : {}),
    ...(method === 'POST' ? { form: {} } : {}),
  }
}

async function answer(people: People, request: Request, address: string): Promise<Response> {
  const url = new URL(request.url)
  const way = ways.find(({ method, form }) => method === request.method && form.test(url.pathname))
  if (way === undefined) return new Response('not here', { status: 404 })
  const [, thing] = way.form.exec(url.pathname) ?? []
  const authorization = request.headers.get('authorization')
  if (way.by === 'key') {
    const target = `${url.pathname}${url.search}`
    const opening = await people.keys.open({ authorization, target, address }, way.needs)
    return opening.opened ? way.run(opening.organization, thing) : refused(opening.refusal)
  }
  if (way.by === 'visitor') {
    const visitor = await people.visitors?.verify({ authorization, origin: request.headers.get('origin') }, way.needs)
    return visitor?.let === 'in' ? way.run(visitor.organization, thing, visitor) : refused(visitor?.refusal)
  }
  const entered = await people.site.enter(request)
  if (entered instanceof Response) return entered
  if (way.method === 'POST') people.site.assertForm(request, new URLSearchParams(await request.text()))
  if (!entered.may(way.needs)) return new Response('not permitted', { status: 403 })
  return way.run(entered.organization, thing)
}

function refused(refusal: UpheldError | undefined): Response {
  return new Response(refusal?.code ?? 'refused', { status: refusal?.status ?? 401 })
}

/** Two things, a key that may do everything that a key can be given, and a visitor. */
async function furnish(organization: Organization, mark: string, given?: FurnishedPeople): Promise<Furnishing> {
  if (given === undefined) return { ids: {}, roles: {} }
  const { people, members } = given
  const [thing] = await organization.sql<{ id: string }>`
    insert into shop.thing (organization_id, name)
    select ${organization.id}::uuid, ${mark} || n from generate_series(1, 2) as n returning id`
  const [house, owner] = [organizationId(organization.id), { memberId: members['owner']?.memberId ?? '' }]
  const wanted = { name: mark, scopes: ['thing.read', 'thing.write', 'visitor.assert'], days: 1 }
  const { key } = await people.keys.create(house, owner, wanted)
  const origin = 'https://shop.example'
  await people.origins.add(house, owner, origin)
  const authorization = `Bearer ${key}`
  const opening = await people.keys.open({ authorization, target: '/', address: '127.0.0.1' })
  const visitor = `visitor-${mark}`
  const asserted = opening.opened ? await people.visitors?.assert(opening, { visitor, origin }) : undefined
  const [own] = await organization.sql<{ id: string }>`
    insert into shop.thing (organization_id, name) values (${organization.id}, ${`${mark} of known:${visitor}`}) returning id`
  return {
    ids: { thing: thing?.id ?? '', 'visitor-thing': own?.id ?? '' },
    roles: {
      key: { headers: { authorization } },
      visitor: { headers: { authorization: `Bearer ${asserted?.token ?? ''}`, origin } },
    },
  }
}
