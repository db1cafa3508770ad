import { systemClock } from '../../../core/clock.ts'
import { cannotProbe } from '../../claims/index.ts'
import { codeOf } from '../attacks/index.ts'
import { nameOf } from '../isolation-routes/draft.ts'
import { mustBeGranted } from './asking.ts'
import { going, handleOf, houseWays, pagesStayShut, runs, sees, tablesStayShut } from './entering.ts'
import { judge } from '../judge.ts'
import { knownOf, type Ground } from './ground.ts'

/** How long what a customer ends may go on, in milliseconds. */
const endMs = 1_000

/** Positive control: under a grant staff does see what was granted, or nothing that follows would mean anything. */
async function mustOpen(ground: Ground, grantId: string): Promise<number> {
  const [first] = ground.staff
  const handle = handleOf(ground, {
    organization: ground.house,
    staffId: first.personId,
    grant: { id: grantId, writes: false },
  })
  for (const table of ground.tables) {
    if (!(await sees(handle, table))) throw cannotProbe(`Staff with a grant reads nothing of ${table}.`)
  }
  const browser = going(first, ground.house, grantId)
  let opened = 0
  for (const page of ground.pages) {
    const { status } = await browser.get(page.path)
    if (status === 429 || status >= 500) throw cannotProbe(`${nameOf(page)} answered the probe with ${status}.`)
    if (status === 200) opened += 1
  }
  if (opened === 0) throw cannotProbe('No page opened for staff with a grant.')
  return ground.tables.length + opened
}

/** Under a grant to read: nothing that it does not name, nobody else, nowhere else, and no change. */
export async function attackBeyond(ground: Ground): Promise<void> {
  const { house, other, staff, tables } = ground
  const [first, second] = staff
  const narrow = ground.pages.flatMap(({ permission }) => permission ?? []).slice(0, 1)
  const { grantId } = await mustBeGranted(ground, { permissions: narrow })
  const before = await toldIn(ground, first.personId)
  const looks = await mustOpenSome(ground, grantId, narrow)
  const told = (await toldIn(ground, first.personId)) - before
  judge(ground, 'look without a trace', 'the customer’s own log', told < looks, `${looks} looks, ${told} entries`)
  const grant = { id: grantId, writes: false }
  const mine = { organization: house, staffId: first.personId, grant }
  await tablesStayShut(ground, 'read under a grant of another organization', { ...mine, organization: other })
  await tablesStayShut(ground, 'read under a grant of a colleague', { ...mine, staffId: second.personId })
  await tablesStayShut(ground, 'write under a grant to read, by saying so', {
    ...mine,
    grant: { ...grant, writes: true },
  })
  for (const table of tables) {
    const through = await runs(handleOf(ground, mine), `update ${table} set organization_id = organization_id`)
    judge(ground, 'write under a grant to read', table, through, 'it could be written')
  }
  await pagesStayShut(ground, 'look with a grant of another organization', going(first, other, grantId))
  await pagesStayShut(ground, 'look with a grant of a colleague', going(second, house, grantId))
  const browser = going(first, house, grantId)
  browser.setCookie('organization', house)
  for (const path of houseWays(ground)) {
    const { status } = await browser.get(path)
    judge(ground, 'open a page of the members under a grant', path, status === 200, 'status 200')
  }
  await attackNarrow(ground, browser, narrow)
}

/** Every way of the application that asks for a permission which this grant does not give. */
async function attackNarrow(
  ground: Ground,
  browser: ReturnType<typeof going>,
  granted: readonly string[],
): Promise<void> {
  const { writable, world } = ground
  const gives = (name: string): boolean => granted.includes(name) && !writable.includes(name)
  const ways = (world.entrance?.routes.declared ?? []).filter(
    ({ permission, roles, path }) =>
      permission !== undefined && !gives(permission) && roles.includes('owner') && !path.endsWith('*'),
  )
  for (const way of ways) {
    const path = way.path.replaceAll(/:\w+/g, '00000000-0000-4000-8000-000000000000')
    const { status } = way.method === 'GET' ? await browser.get(path) : await browser.ask(way.method, path)
    judge(ground, 'use what was not granted', nameOf(way), status < 300, `status ${status}`)
  }
}

async function mustOpenSome(ground: Ground, grantId: string, granted: readonly string[]): Promise<number> {
  const pages = ground.pages.filter(({ permission }) => permission !== undefined && granted.includes(permission))
  return mustOpen({ ...ground, pages }, grantId)
}

/** Statements of somebody of the operator that the customer's log has, or that wait for it. */
async function toldIn({ world, house }: Ground, staffId: string): Promise<number> {
  const login = world.login('record')
  try {
    const { rows } = await login.query(
      `select (select count(*) from upheld_audit.pending p where p.organization_id = $1 and p.body ->> 'action' = 'support.statement'
           and p.body #>> '{actor,id}' = $2)
         + (select count(*) from upheld_audit.leaf l where l.organization_id = $1 and l.action = 'support.statement' and l.actor_id = $2) as n`,
      [house, staffId],
    )
    return Number(rows[0]?.['n'])
  } finally {
    await login.close()
  }
}

/** What the customer ends is over: for the next page, the next statement, and one inside of an open transaction. */
export async function attackAfter(ground: Ground): Promise<void> {
  const { house, staff, owner, readable } = ground
  const [first] = staff
  const { id, grantId } = await mustBeGranted(ground, { permissions: readable })
  await mustOpen(ground, grantId)
  const key = { organization: house, staffId: first.personId, grant: { id: grantId, writes: false } }
  const [table = ''] = ground.tables
  // How long a page takes at this moment: what is slow by itself says nothing of the end.
  const usualMs = (await owner.browser.get('/support')).tookMs
  let began = 0
  const open = await handleOf(ground, key)
    .transaction(async tx => {
      await tx.query(`select 1 from ${table} limit 1`)
      began = systemClock.monotonicMs()
      await owner.browser.send(`/support/${id}/end`, {})
      await tx.query(`select 1 from ${table} limit 1`)
      return true
    })
    .catch((error: unknown) => {
      if (['tenancy.no_grant', '42501'].includes(codeOf(error))) return false
      throw error
    })
  const tookMs = systemClock.monotonicMs() - began
  judge(ground, 'go on in an open transaction', table, open, 'it could still be read')
  judge(
    ground,
    'be inside after the customer ended it',
    'for more than a second',
    tookMs > endMs + 4 * usualMs,
    `${Math.round(tookMs)} ms`,
  )
  await tablesStayShut(ground, 'read after the customer ended it', key)
  await pagesStayShut(ground, 'look after the customer ended it', going(first, house, grantId))
  if ((await knownOf(ground, id)).endedAt === null) throw cannotProbe('The customer could not end it.')
  await attackRevival(ground, id)
  await attackLeaver(ground)
}

/** Whoever holds the login of identity forgets the end of a request, or changes what was granted. */
async function attackRevival(ground: Ground, id: string): Promise<void> {
  for (const change of ['ended_at = null', `ends_at = ends_at + interval '1 hour'`, 'minutes = 120', 'writes = true']) {
    const through = await runs(ground.looking, `update upheld_access.support_request set ${change} where id = '${id}'`)
    judge(ground, 'change what became of a request', change, through, 'it was changed')
  }
}

/** Whoever leaves the operator leaves the customer. */
async function attackLeaver(ground: Ground): Promise<void> {
  const { house, staff, crowd, readable } = ground
  const [first] = staff
  const { grantId } = await mustBeGranted(ground, { permissions: readable })
  await mustOpen(ground, grantId)
  await crowd.login.query('update upheld_identity.staff set ended_at = now() where person_id = $1', [first.personId])
  const key = { organization: house, staffId: first.personId, grant: { id: grantId, writes: false } }
  await tablesStayShut(ground, 'read after leaving the operator', key)
  await pagesStayShut(ground, 'look after leaving the operator', going(first, house, grantId))
  await crowd.login.query('update upheld_identity.staff set ended_at = null where person_id = $1', [first.personId])
  await tablesStayShut(ground, 'read by an old grant after coming back to the operator', key)
  await attackClosedAccount(ground)
}

/** An account of the operator that is closed takes its grants along, though nobody ended them. */
async function attackClosedAccount(ground: Ground): Promise<void> {
  const { house, staff, crowd, readable } = ground
  const [first] = staff
  const { grantId } = await mustBeGranted(ground, { permissions: readable })
  await mustOpen(ground, grantId)
  await crowd.people.identity.disablePerson(first.personId)
  const key = { organization: house, staffId: first.personId, grant: { id: grantId, writes: false } }
  await tablesStayShut(ground, 'read with the grant of a closed account', key)
  await pagesStayShut(ground, 'look with a closed account', going(first, house, grantId))
}

/** The owners hear of each beginning and each end. */
export async function attackSilently({ report, crowd }: Ground): Promise<void> {
  const { rows } = await crowd.login.query(
    `select kind, count(*)::integer as n from upheld_identity.mail where recipient = $1 group by kind`,
    [crowd.addressOf('owner')],
  )
  for (const kind of ['support-began', 'support-ended']) {
    const told = rows.some(row => row['kind'] === kind)
    judge({ report }, 'come and go without the owners hearing of it', kind, !told, 'no mail waits for the owner')
  }
}
