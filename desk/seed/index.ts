import type { Organization, People, Upheld } from 'upheld'
import { getAccount } from '../src/account/store.ts'
import { refuse } from '../src/errors.ts'
import { fill } from './fill.ts'
import { invent } from './invent.ts'
import { houses, type House } from './names.ts'
import { furnishHouse, importHouse, importStaff, personIds, staff } from './people.ts'

/**
 * Fills in those of the invented organizations that are not here yet. Says what there is.
 * @throws desk.no_people; desk.old_people for a folder from before Upheld kept the people
 */
export async function seed(upheld: Upheld, people?: People): Promise<string> {
  if (people === undefined) throw refuse.no_people()
  const here = await invented(upheld, people, 'seed: which of the invented organizations are here')
  for (const house of houses) {
    const found = here.get(house.name)
    if (found?.filled === true) continue
    await settle(people, found?.organization ?? (await upheld.createOrganization()), house)
  }
  await importStaff(people)
  const count = (what: 'conversations' | 'messages') =>
    houses.reduce((sum, house) => sum + house[what], 0).toLocaleString('en-US')
  return `${houses.length} invented organizations, ${count('conversations')} conversations, ${count('messages')} messages`
}

/** People first, then everything else in one transaction: a house without its account was cut off, and is gone on with. */
async function settle(people: People, organization: Organization, house: House): Promise<void> {
  const rows = invent(house)
  const ids = await importHouse(people, organization, house, [...rows.members, rows.auditor])
  await furnishHouse(people, organization, [...ids.values()])
  await fill(organization, house, rows, ids)
}

/**
 * Ways in for the person at the terminal of this very machine, and for no other: each is a link for choosing a password, once,
 * within half an hour.
 */
export async function welcome(upheld: Upheld, origin: string, people?: People): Promise<readonly string[]> {
  if (people === undefined) throw refuse.no_people()
  const { hostname } = new URL(origin)
  if (!loopback.test(hostname)) return [`Sign in at ${origin}/sign-in`]
  const here = await invented(upheld, people, 'welcome: links for the person at the terminal')
  const rows: (readonly [place: string, role: string, personId: string])[] = []
  for (const house of houses) {
    const found = here.get(house.name)
    if (found === undefined) continue
    const ids = await personIds(people, found.organization)
    const { members, auditor } = invent(house)
    // Everybody in the first, and whoever can look at all in the others.
    const roles = house === houses[0] ? (['owner', 'admin', 'agent', 'auditor'] as const) : (['owner'] as const)
    for (const role of roles) {
      const member = [...members, auditor].find(one => one.role === role)
      rows.push([house.name, role, ids.get(member?.email ?? '') ?? ''])
    }
  }
  for (const [at, personId] of (await importStaff(people)).entries())
    rows.push(['Staff', staff[at]?.name ?? '', personId])
  return [
    'Choose a password with one of these links: once, within 30 minutes. Owners and admins add a second factor.',
    ...(await linesOf(people, origin, rows)),
    `Whoever has a password signs in at ${origin}/sign-in`,
  ]
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

async function linesOf(
  people: People,
  origin: string,
  rows: readonly (readonly [place: string, role: string, personId: string])[],
): Promise<readonly string[]> {
  const widthOf = (column: 0 | 1): number => Math.max(...rows.map(row => row[column].length))
  const lines: string[] = []
  for (const [place, role, personId] of rows) {
    const link = await people.identity.firstLink(personId)
    lines.push(`  ${place.padEnd(widthOf(0))}  ${role.padEnd(widthOf(1))}  ${origin}/reset?link=${link}`)
  }
  return lines
}

interface Here {
  readonly organization: Organization
  /** Whether it has its account: that is written together with everything else. */
  readonly filled: boolean
}

/** The invented organizations that are here, by their name. */
async function invented(upheld: Upheld, people: People, reason: string): Promise<ReadonlyMap<string, Here>> {
  const found = new Map<string, Here>()
  await upheld.unsafeAcrossOrganizations({ reason }, async organization => {
    const account = await getAccount(organization)
    const [known] = await people.members.organization(organization.id).sql<{ name: string }>`
      select name from upheld_access.account`
    const house = houses.find(({ slug, name }) => account?.slug === slug || known?.name === name)
    if (house === undefined) return
    if (account !== undefined && known === undefined) throw refuse.old_people()
    found.set(house.name, { organization, filled: account !== undefined })
  })
  return found
}
