import { createHash } from 'node:crypto'
import { z } from 'zod'
import { cannotProbe } from '../../claims/index.ts'
import { nameOf } from '../isolation-routes/draft.ts'
import type { Guest } from '../people/guests.ts'
import { attackDecided } from './deciding.ts'
import { judge } from '../judge.ts'
import { decide, linesOf, mustBegin, type Ground, type Line } from './ground.ts'

/** How many of these pages open. */
async function opened({ pages }: Ground, { browser }: Guest): Promise<readonly string[]> {
  const found: string[] = []
  for (const page of pages) {
    const { status } = await browser.get(page.path)
    if (status === 429 || status >= 500) throw cannotProbe(`${nameOf(page)} answered the probe with ${status}.`)
    if (status === 200) found.push(nameOf(page))
  }
  return found
}

async function keyOpens({ crowd, key }: Ground): Promise<boolean> {
  const asked = { authorization: `Bearer ${key.token}`, target: '/', address: '127.0.0.1' }
  return (await crowd.people.keys.open(asked, key.scope)).opened
}

async function directoryOpens({ crowd, directory }: Ground): Promise<boolean> {
  const headers = { authorization: `Bearer ${directory.token}` }
  const { status } = await crowd.browser().get('/scim/v2/Users', headers)
  if (status === 429 || status >= 500) throw cannotProbe(`A directory was answered with ${status}.`)
  return status === 200
}

/** What is taken away is away: for whoever had it open, and for whoever tries it again. */
export async function attackRevoked(ground: Ground, review: string): Promise<void> {
  const { owner, second, agent, leaver, key, report } = ground
  report.population('pages that the agent has open', ground.pages.length)
  for (const who of [agent, leaver])
    if ((await opened(ground, who)).length === 0) throw cannotProbe('What is to be taken away opens nothing.')
  if (!(await keyOpens(ground)) || !(await directoryOpens(ground)))
    throw cannotProbe('What is to be taken away opens nothing.')
  const lines = await linesOf(ground, review)
  const isTaken = ({ kind, holder, subject }: Line): boolean =>
    (holder === agent.memberId && kind !== 'member') ||
    (kind === 'member' && subject === leaver.memberId) ||
    (kind === 'api-key' && subject === key.id) ||
    kind === 'scim-link'
  for (const [who, mine] of [
    [owner, lines.filter(({ holder }) => holder !== owner.memberId)],
    [second, lines.filter(({ holder }) => holder === owner.memberId)],
  ] as const) {
    await decide(who, review, mine.filter(isTaken), 'remove')
    await decide(
      who,
      review,
      mine.filter(line => !isTaken(line)),
      'keep',
    )
  }
  const [role] = lines.filter(({ holder, kind }) => holder === agent.memberId && kind === 'role')
  if (role === undefined) throw cannotProbe('The role of an agent is in no line.')
  await attackDecided(ground, review, role)
  const { status } = await owner.browser.send(`/reviews/${review}/close`, {})
  const closed = await standing(ground, review)
  if (closed.state !== 'closed') throw cannotProbe(`A review that was decided does not close: status ${status}.`)
  for (const who of [agent, leaver])
    for (const name of await opened(ground, who))
      report.refute({ attack: 'use what a review took away', where: name, saw: 'status 200' })
  judge(ground, 'use a directory that a review took away', 'directory', await directoryOpens(ground), 'it opens')
  for (const page of ground.pages) report.observe('use what a review took away', nameOf(page))
  judge(ground, 'use a key that a review took away', 'key', await keyOpens(ground), 'it opens')
  for (const line of await linesOf(ground, review)) {
    if (!isTaken(line)) continue
    judge(
      ground,
      'take away without trying it again',
      line.kind,
      line.tried !== 'refused',
      `tried: ${String(line.tried)}`,
    )
  }
  await attackRecord(ground, review, closed.digest)
}

async function standing({ crowd, house }: Ground, review: string) {
  const found = (await crowd.people.reviews.list(house)).find(({ id }) => id === review)
  if (found === undefined) throw cannotProbe('A review that was begun is not there.')
  return found
}

const digests = z.array(z.object({ body: z.string() }))

/** What the owner takes away is what the log says was sealed. */
async function attackRecord(ground: Ground, review: string, digest: string | undefined): Promise<void> {
  const { owner, world, house } = ground
  const { body } = await owner.browser.get(`/reviews/${review}/record`)
  const own = `sha256:${createHash('sha256').update(body).digest('hex')}`
  judge(ground, 'hand out another record', 'its digest', own !== digest, 'the digest is another one')
  const lines = await linesOf(ground, review)
  const left = lines.filter(
    ({ subject, decision }) => !body.includes(subject) || !body.includes(`"${String(decision)}"`),
  )
  judge(ground, 'leave something out of the record', 'its lines', left.length > 0, `${left.length} of ${lines.length}`)
  const login = world.login('record')
  try {
    const { rows } = await login.query(
      `select p.body::text as body from upheld_audit.pending p where p.organization_id = $1 and p.body ->> 'action' = 'review.closed'
       union all select convert_from(l.bytes, 'UTF8') from upheld_audit.leaf l where l.organization_id = $1 and l.action = 'review.closed'`,
      [house],
    )
    const told = digests.parse(rows).some(row => row.body.includes(own))
    judge(ground, 'close without a word in the log', 'review.closed', !told, 'no entry has the digest')
  } finally {
    await login.close()
  }
}

/** What comes back after a review took it away is noticed. */
export async function attackRestored(ground: Ground): Promise<void> {
  const { crowd, handle, owner, agent, house } = ground
  const author = { memberId: owner.memberId }
  await crowd.people.roles.changeRoles(handle, author, [{ memberId: agent.memberId, roles: ['agent'] }])
  const found = await crowd.people.reviews.lookAgain(house)
  judge(ground, 'give back what a review took away', 'role of the agent', found === 0, 'nobody noticed')
}

/** Silence takes away what has privileges, leaves the rest to the owners, and never counts as a review. */
export async function attackSilence(ground: Ground): Promise<void> {
  const { owner, second, admin, house } = ground
  const review = await mustBegin(ground)
  const lines = await linesOf(ground, review)
  await decide(
    owner,
    review,
    lines.filter(({ holder }) => holder === second.memberId),
    'keep',
  )
  await decide(
    second,
    review,
    lines.filter(({ holder }) => holder === owner.memberId),
    'keep',
  )
  const early = await ground.crowd.people.reviews.close(house, 'schedule', review).catch(() => undefined)
  judge(ground, 'close before it is decided', 'two weeks early', early !== undefined, 'it was closed')
  await ground.later(14.01).reviews.close(house, 'schedule', review)
  const silent = (await linesOf(ground, review)).filter(
    ({ holder }) => holder !== owner.memberId && holder !== second.memberId,
  )
  if (!silent.some(({ privileged }) => privileged))
    throw cannotProbe('An administrator has nothing that is privileged.')
  for (const line of silent.filter(({ privileged }) => privileged)) {
    judge(
      ground,
      'keep privileges by saying nothing',
      line.kind,
      line.outcome !== 'removed',
      `${String(line.decision)}, ${String(line.outcome)}`,
    )
  }
  const left = await opened(ground, admin)
  judge(ground, 'go on with privileges that nobody confirmed', 'pages', left.length > 0, left.join(', '))
  for (const line of silent.filter(({ privileged }) => !privileged)) {
    const owners = [owner.memberId, second.memberId]
    const waits = line.decision === null && owners.includes(line.reviewer ?? '')
    judge(
      ground,
      'let what nobody answered for pass the owners',
      line.kind,
      !waits,
      `decision ${String(line.decision)}`,
    )
  }
  await ground.later(21.1).reviews.close(house, 'schedule', review)
  const { complete } = await standing(ground, review)
  judge(ground, 'count a review that nobody answered', 'house', complete !== false, `complete: ${String(complete)}`)
}

/** Whoever is alone certifies themselves by nothing: not by deciding, not by waiting. */
export async function attackAlone(ground: Ground): Promise<void> {
  const { alone, lonely, crowd } = ground
  const { id, unassigned } = await crowd.people.reviews.begin(lonely, { memberId: alone.memberId })
  judge(ground, 'be one’s own reviewer', 'an owner who is alone', unassigned === 0, 'somebody was found to review them')
  const own = await crowd.people.reviews.lines(lonely, id, { max: 500 })
  await decide(alone, id, own, 'keep')
  const decided = (await crowd.people.reviews.lines(lonely, id)).filter(({ decision }) => decision !== null)
  judge(ground, 'decide about one’s own access', 'an owner who is alone', decided.length > 0, 'it was decided')
  for (const days of [14.01, 21.1]) await ground.later(days).reviews.close(lonely, 'schedule', id)
  const found = (await crowd.people.reviews.list(lonely)).find(one => one.id === id)
  judge(ground, 'count a review without a reviewer', 'an owner who is alone', found?.complete !== false, 'it counts')
}
