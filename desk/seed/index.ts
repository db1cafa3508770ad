import type { Organization, Upheld } from 'upheld'
import { newLink } from '../src/access/links.ts'
import { getAccount } from '../src/account/store.ts'
import { fill } from './fill.ts'
import { houses } from './names.ts'

/** Fills in those of the invented organizations that are not here yet. Says what there is. */
export async function seed(upheld: Upheld): Promise<string> {
  const here = await invented(upheld, 'seed: which of the invented organizations are here')
  for (const house of houses) {
    if (!here.has(house.slug)) await fill(await upheld.createOrganization(), house)
  }
  const count = (what: 'conversations' | 'messages') =>
    houses.reduce((sum, house) => sum + house[what], 0).toLocaleString('en-US')
  return `${houses.length} invented organizations, ${count('conversations')} conversations, ${count('messages')} messages`
}

/** Ways in, for the person at the terminal: for each organization its owner and one agent. */
export async function welcome(upheld: Upheld, origin: string): Promise<readonly string[]> {
  const here = await invented(upheld, 'welcome: links for the person at the terminal')
  const lines = ['Sign in to the desk. Each link works once, for 15 minutes:']
  const width = Math.max(...houses.map(({ name }) => name.length))
  for (const { slug, name } of houses) {
    const organization = here.get(slug)
    if (organization === undefined) continue
    const people = await organization.sql<{ id: string; role: string }>`
      select distinct on (role) id, role from desk.member where role in ('owner', 'agent') order by role desc, created_at, id`
    for (const { id, role } of people) {
      const link = await newLink(organization, id)
      if (link !== undefined) lines.push(`  ${name.padEnd(width)}  ${role}  ${origin}${link}`)
    }
  }
  return lines
}

/** The invented organizations that are here, by their slug. */
async function invented(upheld: Upheld, reason: string): Promise<ReadonlyMap<string, Organization>> {
  const found = new Map<string, Organization>()
  await upheld.unsafeAcrossOrganizations({ reason }, async organization => {
    const account = await getAccount(organization)
    if (account !== undefined) found.set(account.slug, organization)
  })
  return found
}
