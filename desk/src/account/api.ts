import { z } from 'zod'
import { apiRoute } from '../http/api-route.ts'
import { input, line } from '../http/inputs.ts'
import type { Route } from '../http/route.ts'
import { getAccount, renameAccount } from './store.ts'

const get = apiRoute({
  method: 'GET',
  path: '/api/v1/account',
  permission: 'account.read',
  input,
  async answer({ organization }) {
    const account = await getAccount(organization)
    return account && { body: account }
  },
})

const rename = apiRoute({
  method: 'PATCH',
  path: '/api/v1/account',
  permission: 'account.write',
  input: input.extend({ body: z.strictObject({ name: line(200) }) }),
  async answer({ organization, input: { body } }) {
    await renameAccount(organization, body.name)
    const account = await getAccount(organization)
    return account && { body: account }
  },
})

export const accountApi: readonly Route[] = [get, rename]
