import { bodyOf } from './body.ts'
import { refuse } from './errors.ts'
import { parseFilter } from './filter.ts'
import {
  createGroup,
  deleteGroup,
  findGroup,
  listGroups,
  patchGroup,
  replaceGroup,
  type StoredGroup,
} from './groups.ts'
import { readPatch } from './patch.ts'
import {
  etagOf,
  groupResource,
  listOf,
  resourceTypes,
  schemas,
  serviceProviderConfig,
  userResource,
} from './resources.ts'
import type { Values } from './shape.ts'
import {
  createUser,
  deleteUser,
  findUser,
  listUsers,
  patchUser,
  replaceUser,
  type Context,
  type Page,
  type StoredUser,
} from './users.ts'

export interface Answer {
  readonly status: number
  readonly body?: Values
  readonly headers?: Readonly<Record<string, string>>
}

/** What is asked for: the path below `/scim/v2`, in words. */
interface Asked {
  readonly request: Request
  readonly method: string
  readonly words: readonly string[]
  readonly query: URLSearchParams
}

const alwaysReturned = ['schemas', 'id', 'meta']

/** What RFC 7644 names. That these are there is no secret. */
const resources: ReadonlySet<string> = new Set([
  'Users',
  'Groups',
  'Schemas',
  'ResourceTypes',
  'ServiceProviderConfig',
  'Bulk',
  'Me',
  '.search',
])

/**
 * Before anybody is asked for a token: what is no resource is none for everybody, and takes no more methods than it does.
 * @throws scim.not_found, bad_method
 */
export function assertResource(method: string, words: readonly string[]): void {
  const [resource = '', id, ...rest] = words
  if (rest.length > 0 || !resources.has(resource)) throw refuse.not_found()
  if (!methodsOf(resource, id).includes(method)) throw refuse.bad_method()
}

function methodsOf(resource: string, id: string | undefined): readonly string[] {
  if (resource === 'Users' || resource === 'Groups')
    return id === undefined ? ['GET', 'POST'] : ['GET', 'PUT', 'PATCH', 'DELETE']
  return ['Bulk', 'Me', '.search'].includes(resource) ? ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] : ['GET']
}

/** @throws scim.* as the standard has it */
export async function answer(asked: Asked, context: Context): Promise<Answer> {
  const [resource = '', id] = asked.words
  if (resource === 'Users' || resource === 'Groups')
    return id === undefined ? ofAll(asked, context, resource) : ofOne(asked, context, resource, id)
  return discovery(asked, context, resource, id)
}

function discovery({ method }: Asked, { options }: Context, resource: string, id: string | undefined): Answer {
  if (['Bulk', 'Me', '.search'].includes(resource)) throw refuse.not_offered()
  const { baseUrl, pageMax } = options
  const lists: Readonly<Record<string, readonly Values[]>> = {
    ResourceTypes: resourceTypes(baseUrl),
    Schemas: schemas(baseUrl),
  }
  const list = Object.hasOwn(lists, resource) ? lists[resource] : undefined
  if (list === undefined && (resource !== 'ServiceProviderConfig' || id !== undefined)) throw refuse.not_found()
  if (method !== 'GET') throw refuse.bad_method()
  if (list === undefined) return { status: 200, body: serviceProviderConfig(baseUrl, pageMax) }
  if (id === undefined) return { status: 200, body: listOf(list, list.length, 1) }
  const one = list.find(each => each['id'] === id)
  if (one === undefined) throw refuse.not_found()
  return { status: 200, body: one }
}

async function ofAll(
  { request, method, query }: Asked,
  context: Context,
  resource: 'Users' | 'Groups',
): Promise<Answer> {
  const { options } = context
  if (method === 'POST') {
    const given = await bodyOf(request, options.bodyBytesMax)
    return resource === 'Users'
      ? madeUser(await createUser(context, given), options.baseUrl)
      : madeGroup(await createGroup(context, given), options.baseUrl)
  }
  if (method !== 'GET') throw refuse.bad_method()
  const page = pageOf(query, options.pageMax)
  const wanted = wantedOf(query)
  if (resource === 'Users') {
    const { total, rows } = await listUsers(context, page)
    const all = rows.map(row => wanted(userResource(row, options.baseUrl)))
    return { status: 200, body: listOf(all, total, page.startIndex) }
  }
  const { total, rows } = await listGroups(context, page, 'members' in wanted({ members: [] }))
  const all = rows.map(row => wanted(groupResource(row, options.baseUrl)))
  return { status: 200, body: listOf(all, total, page.startIndex) }
}

async function ofOne(asked: Asked, context: Context, resource: 'Users' | 'Groups', id: string): Promise<Answer> {
  const { baseUrl } = context.options
  const wanted = wantedOf(asked.query)
  if (asked.method === 'DELETE') {
    await (resource === 'Users' ? deleteUser(context, id) : deleteGroup(context, id))
    return { status: 204 }
  }
  if (resource === 'Users') {
    const user = await oneUser(asked, context, id)
    return { status: 200, body: wanted(userResource(user, baseUrl)), headers: { etag: etagOf(user) } }
  }
  const group = await oneGroup(asked, context, id)
  return { status: 200, body: wanted(groupResource(group, baseUrl)), headers: { etag: etagOf(group) } }
}

async function oneUser({ request, method }: Asked, context: Context, id: string): Promise<StoredUser> {
  if (method === 'GET') return findUser(context.organization, id)
  if (method !== 'PUT' && method !== 'PATCH') throw refuse.bad_method()
  const given = await bodyOf(request, context.options.bodyBytesMax)
  if (method === 'PUT') return replaceUser(context, id, given)
  return patchUser(context, id, readPatch(given, context.options.operationsMax))
}

async function oneGroup({ request, method }: Asked, context: Context, id: string): Promise<StoredGroup> {
  if (method === 'GET') return findGroup(context.organization, id)
  if (method !== 'PUT' && method !== 'PATCH') throw refuse.bad_method()
  const given = await bodyOf(request, context.options.bodyBytesMax)
  if (method === 'PUT') return replaceGroup(context, id, given)
  return patchGroup(context, id, readPatch(given, context.options.operationsMax))
}

function madeUser(user: StoredUser, baseUrl: string): Answer {
  return {
    status: 201,
    body: userResource(user, baseUrl),
    headers: { etag: etagOf(user), location: `${baseUrl}/Users/${user.id}` },
  }
}

function madeGroup(group: StoredGroup, baseUrl: string): Answer {
  return {
    status: 201,
    body: groupResource(group, baseUrl),
    headers: { etag: etagOf(group), location: `${baseUrl}/Groups/${group.id}` },
  }
}

/** RFC 7644, section 3.4.2.4: from 1; what is below it is 1, and below 0 is 0. */
function pageOf(query: URLSearchParams, pageMax: number): Page {
  const number = (name: string, otherwise: number): number => {
    const text = query.get(name)
    if (text === null) return otherwise
    if (!/^-?\d{1,9}$/.test(text)) throw refuse.bad_value({ detail: `${name} is a number` })
    return Number(text)
  }
  const filter = query.get('filter')
  return {
    startIndex: Math.max(1, number('startIndex', 1)),
    count: Math.min(pageMax, Math.max(0, number('count', Math.min(100, pageMax)))),
    filter: filter === null ? undefined : parseFilter(filter),
  }
}

/** `attributes` and `excludedAttributes`, by the first part of their names (RFC 7644, section 3.9). */
function wantedOf(query: URLSearchParams): (resource: Values) => Values {
  const names = (parameter: string): string[] | undefined =>
    query
      .get(parameter)
      ?.slice(0, 2_000)
      .split(',')
      .map(
        name =>
          name
            .trim()
            .replace(/^urn:.*:/i, '')
            .split('.')[0]
            ?.toLowerCase() ?? '',
      )
  const only = names('attributes')
  const without = names('excludedAttributes') ?? []
  return resource =>
    Object.fromEntries(
      Object.entries(resource).filter(([key]) => {
        const name = key.toLowerCase()
        return alwaysReturned.includes(name) || ((only === undefined || only.includes(name)) && !without.includes(name))
      }),
    )
}
