import type { Organization } from 'upheld'
import { z } from 'zod'
import { apiRoute } from '../http/api-route.ts'
import { input, line } from '../http/inputs.ts'
import type { Route } from '../http/route.ts'

interface Account {
  readonly name: string
  readonly slug: string
  readonly plan: string
  readonly created_at: Date
}

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
    await organization.sql`update desk.account set name = ${body.name}`
    const account = await getAccount(organization)
    return account && { body: account }
  },
})

export const accountRoutes: readonly Route[] = [get, rename]

export async function getAccount(organization: Organization): Promise<Account | undefined> {
  const [row] = await organization.sql<Account>`select name, slug, plan, created_at from desk.account`
  return row
}
