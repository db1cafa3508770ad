import { apiRoute } from '../http/api-route.ts'
import { input } from '../http/inputs.ts'
import { byName } from '../http/paging.ts'
import type { Route } from '../http/route.ts'
import { listMembers } from './store.ts'

const list = apiRoute({
  method: 'GET',
  path: '/api/v1/members',
  permission: 'member.read',
  input: input.extend({ query: byName }),
  answer: async ({ people, organization, input: { query } }) => ({
    body: await listMembers(people, organization, query),
  }),
})

export const memberApi: readonly Route[] = [list]
