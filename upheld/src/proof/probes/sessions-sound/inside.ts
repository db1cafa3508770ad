import type { DeclaredRoute } from '../../../routes.ts'
import { cannotProbe } from '../../claims/index.ts'
import type { Somebody } from '../people/crowd.ts'
import { mustOpen, tell, type Ground } from './ground.ts'

/** What becomes of a member, as whoever may change it writes it down. */
interface Change {
  readonly what: string
  readonly sql: string
  /** The roles that they have afterwards, where the change is one of roles. */
  readonly roles?: readonly string[]
}

const operator = { type: 'operator', id: 'probe', purpose: 'proof' } as const

/** A page of an organization, somebody who may see it, and roles with which one may not. */
interface Page {
  readonly target: string
  readonly may: readonly string[]
  readonly mayNot: readonly string[]
}

/** What a session may do is asked anew at each request: its rights end with the next one, though the session goes on. */
export async function attackInside(ground: Ground): Promise<void> {
  const page = pageFor(ground)
  const changes: readonly Change[] = [
    { what: 'other roles', sql: 'update upheld_access.member set roles = $2 where id = $1', roles: page.mayNot },
    { what: 'a suspension', sql: 'update upheld_access.member set suspended_at = now() where id = $1' },
    { what: 'a removal', sql: 'delete from upheld_access.member where id = $1' },
    { what: 'an end by an administrator', sql: 'update upheld_access.member set entries_after = now() where id = $1' },
  ]
  ground.report.population('ways to lose rights', changes.length)
  // Nobody takes the last owner away.
  await ground.somebody('owner', ['owner'])
  for (const [at, change] of changes.entries()) {
    const member = await ground.somebody(`inside-${at}`, page.may)
    const browser = await ground.begin(member)
    browser.setCookie('organization', ground.crowd.house)
    const before = await browser.copy().get(page.target)
    if (before.status !== 200) throw cannotProbe(`A page of an organization was answered with ${before.status}.`)
    await write(ground, member, change)
    const { status } = await browser.copy().get(page.target)
    if (status === 429 || status >= 500) throw cannotProbe(`A page of an organization was answered with ${status}.`)
    const saw = status === 200 ? 'the page was shown' : undefined
    tell(ground.report, 'use rights that were taken away', change.what, saw)
    await mustOpen(browser, 'The session of somebody who lost rights in one organization')
  }
}

function pageFor({ world, crowd }: Ground): Page {
  const all = Object.keys(crowd.people.access.roles)
  const pages = (world.entrance?.routes.declared ?? []).flatMap(({ method, path, roles, query }: DeclaredRoute) => {
    if (method !== 'GET' || path.includes(':') || path.includes('*') || roles === 'public' || query !== undefined)
      return []
    const [may, mayNot] = [all.filter(role => roles.includes(role)), all.filter(role => !roles.includes(role))]
    const [first, last] = [may.at(-1), mayNot.at(-1)]
    return first === undefined || last === undefined ? [] : [{ target: path, may: [first], mayNot: [last] }]
  })
  const [page] = pages
  if (page === undefined) throw cannotProbe('No page of an organization is open to some of its roles alone.')
  return page
}

async function write({ crowd }: Ground, { memberId }: Somebody, { sql, roles }: Change): Promise<void> {
  await crowd.people.members
    .organization(crowd.house)
    .as(operator)
    .query(sql, roles === undefined ? [memberId] : [memberId, roles])
}
