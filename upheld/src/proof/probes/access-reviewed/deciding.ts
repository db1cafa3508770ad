import { cannotProbe } from '../../claims/index.ts'
import { codeOf } from '../attacks/index.ts'
import type { Guest } from '../people/guests.ts'
import { judge } from '../judge.ts'
import { decide, linesOf, type Ground, type Line } from './ground.ts'

/** All that was given to anybody is in the review. */
export async function attackOverlooked(ground: Ground, review: string): Promise<void> {
  const { report, owner, second, admin, agent, leaver, key, directory, override, crowd } = ground
  const lines = await linesOf(ground, review)
  const has = (kind: string, of: (line: Line) => boolean): boolean => lines.some(line => line.kind === kind && of(line))
  const people = Object.entries({ owner, second, admin, agent, leaver })
  const given: readonly (readonly [where: string, found: boolean])[] = [
    ...people.map(
      ([name, { memberId }]) => [`membership of the ${name}`, has('member', one => one.subject === memberId)] as const,
    ),
    ...people.map(
      ([name, { memberId }]) => [`role of the ${name}`, has('role', one => one.holder === memberId)] as const,
    ),
    ['a key', has('api-key', one => one.subject === key.id)],
    ['a directory', has('scim-link', one => one.subject === directory.id)],
    ['a permission beyond the roles', has('override', one => one.facts['permission'] === override)],
  ]
  report.population('kinds of access that were given', given.length)
  for (const [where, found] of given) judge(ground, 'access that no review looks at', where, !found, 'it is in no line')
  const { permissions, roles } = crowd.people.access
  const privileged = (role: string): boolean =>
    roles[role]?.some(name => permissions[name]?.privileged === true) === true
  for (const [role, { memberId }] of Object.entries({ owner, admin })) {
    const plain = privileged(role) && !has('role', one => one.holder === memberId && one.privileged)
    judge(
      ground,
      'privileges that a review does not know as such',
      `role of the ${role}`,
      plain,
      'a line like any other',
    )
  }
}

/** Nobody certifies themselves: not in the browser, not by hand with the stolen login of identity. */
export async function attackOwn(ground: Ground, review: string): Promise<void> {
  const { owner, second, handle } = ground
  const own = async (who: Guest): Promise<readonly Line[]> =>
    (await linesOf(ground, review)).filter(line => line.holder === who.memberId)
  for (const [name, who] of Object.entries({ owner, second })) {
    const lines = await own(who)
    if (lines.length === 0) throw cannotProbe('An owner has no line in a review.')
    for (const line of lines) {
      await decide(who, review, [line], 'keep')
      const decided = (await own(who)).find(({ id }) => id === line.id)?.decision ?? null
      judge(ground, 'decide about one’s own access', `${line.kind} of the ${name}`, decided !== null, 'it was decided')
      if (decided !== null) continue
      const byHand = await isDone(handle, [
        `update upheld_access.review_item set decision = 'keep', how = 'reviewer', decided_by = holder::text, decided_at = now(),
           reason = 'by hand' where id = $1`,
        [line.id],
      ])
      judge(ground, 'decide about one’s own access by hand', `${line.kind} of the ${name}`, byHand, 'it was decided')
    }
  }
}

/** Whoever may not review decides nothing, closes nothing and begins nothing. */
export async function attackStrangers(ground: Ground, review: string): Promise<void> {
  const { agent, alone, house, crowd, admin } = ground
  const crossed = { ...alone, browser: alone.browser.copy() }
  crossed.browser.setCookie('organization', house)
  const strangers: readonly (readonly [name: string, who: Guest])[] = [
    ['a member who may not', agent],
    ['an owner of another organization', alone],
    ['the same with a cookie of this one', crossed],
  ]
  const target = (await linesOf(ground, review)).filter(line => line.holder === admin.memberId)
  for (const [name, who] of strangers) {
    for (const how of ['keep', 'remove'] as const) await decide(who, review, target, how)
    const lines = await linesOf(ground, review)
    const decided = lines.some(line => line.holder === admin.memberId && line.decision !== null)
    judge(ground, 'decide without being asked', name, decided, 'a line was decided')
    await who.browser.send(`/reviews/${review}/close`, {})
    const open = (await crowd.people.reviews.list(house)).some(({ id, state }) => id === review && state === 'open')
    judge(ground, 'close a review without being asked', name, !open, 'it is open no more')
    const { status } = await who.browser.get(`/reviews/${review}`)
    judge(ground, 'look into a review', name, status === 200, 'status 200')
  }
}

/** What was decided stays so. */
export async function attackDecided(ground: Ground, review: string, line: Line): Promise<void> {
  const { second, handle } = ground
  const now = async (): Promise<string | null> =>
    (await linesOf(ground, review)).find(({ id }) => id === line.id)?.decision ?? null
  if ((await now()) !== 'remove') throw cannotProbe('What was decided is not.')
  await decide(second, review, [line], 'keep')
  judge(ground, 'take a decision back', line.kind, (await now()) !== 'remove', 'it was decided anew')
  const byHand = await isDone(handle, [
    `update upheld_access.review_item set decision = 'keep' where id = $1`,
    [line.id],
  ])
  judge(ground, 'take a decision back by hand', line.kind, byHand, 'it was decided anew')
}

type Statement = readonly [text: string, values: readonly unknown[]]

async function isDone(handle: Ground['handle'], [text, values]: Statement): Promise<boolean> {
  try {
    await handle.query(text, values)
    return true
  } catch (error) {
    if (['42501', '23514'].includes(codeOf(error))) return false
    throw error
  }
}
