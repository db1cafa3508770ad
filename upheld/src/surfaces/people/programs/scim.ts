import { freshText, idOf } from '../../../routes.ts'
import { paths } from '../paths.ts'
import type { Route, RouteExample } from '../route.ts'

/** The role of a directory that holds a token of its organization. */
const role = 'directory'
const media = { 'content-type': 'application/scim+json' } as const
const core = 'urn:ietf:params:scim:schemas:core:2.0'
const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

const user = { schemas: [`${core}:User`], userName: freshText('*@example.com'), active: true }
const group = { schemas: [`${core}:Group`], displayName: freshText('Group *'), members: [{ value: idOf('scim-user') }] }
const renamed = {
  schemas: [patchSchema],
  Operations: [{ op: 'replace', path: 'displayName', value: freshText('Name *') }],
}
const byName = { filter: 'userName pr', startIndex: 1, count: 10 }

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

function scimRoute(method: Method, below: string, example: RouteExample = {}): Route {
  return {
    at: 'program',
    method,
    path: `${paths.scim}/${below}`,
    role,
    example: example.json === undefined ? example : { ...example, headers: media },
    answer: ({ house, request }) => house.scim.handle(request),
  }
}

/** All that RFC 7644 asks for and this server offers; it says by itself who asks, and never in HTML. */
export const scimRoutes: readonly Route[] = [
  scimRoute('GET', 'ServiceProviderConfig'),
  scimRoute('GET', 'ResourceTypes'),
  scimRoute('GET', 'ResourceTypes/:id', { params: { id: 'User' } }),
  scimRoute('GET', 'Schemas'),
  scimRoute('GET', 'Schemas/:id', { params: { id: `${core}:User` } }),
  scimRoute('GET', 'Users', { query: byName }),
  scimRoute('POST', 'Users', { json: user }),
  scimRoute('GET', 'Users/:id', { params: { id: idOf('scim-user') } }),
  scimRoute('PUT', 'Users/:id', { params: { id: idOf('scim-user') }, json: user }),
  scimRoute('PATCH', 'Users/:id', { params: { id: idOf('scim-user') }, json: renamed }),
  scimRoute('DELETE', 'Users/:id', { params: { id: idOf('scim-user') } }),
  scimRoute('GET', 'Groups', { query: { startIndex: 1, count: 10 } }),
  scimRoute('POST', 'Groups', { json: group }),
  scimRoute('GET', 'Groups/:id', { params: { id: idOf('scim-group') } }),
  scimRoute('PUT', 'Groups/:id', { params: { id: idOf('scim-group') }, json: group }),
  scimRoute('PATCH', 'Groups/:id', { params: { id: idOf('scim-group') }, json: renamed }),
  scimRoute('DELETE', 'Groups/:id', { params: { id: idOf('scim-group') } }),
]
