import type { Organization } from 'upheld'

interface Account {
  readonly name: string
  readonly slug: string
  readonly plan: string
  readonly created_at: Date
}

export async function getAccount(organization: Organization): Promise<Account | undefined> {
  const [row] = await organization.sql<Account>`select name, slug, plan, created_at from desk.account`
  return row
}

/** There is one account in an organization, and this one is bound to it: no more needs to be said. */
export async function renameAccount(organization: Organization, name: string): Promise<void> {
  await organization.sql`update desk.account set name = ${name}`
}
