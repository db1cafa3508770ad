import { systemClock } from '../../../core/clock.ts'
import { addStaff } from '../../../index.ts'
import { cannotProbe } from '../../claims/index.ts'
import { codeOf } from '../attacks/index.ts'
import { ledTo, type Browser } from '../people/browser.ts'
import type { Guest } from '../people/guests.ts'
import { judge } from '../judge.ts'
import { knownOf, type Ground } from './ground.ts'

interface Wanted {
  readonly permissions: readonly string[]
  readonly writes?: boolean
}

/** Refusals of ours, and of the database. */
const joinings = ['23514', 'support.staff_is_no_member']

const requestForm = /^\/staff\/requests\/([0-9a-f-]{36})$/

/** The request that was made; undefined where none was. */
async function asked(browser: Browser, organization: string, { permissions, writes = false }: Wanted) {
  const answer = await browser.send('/staff/ask', {
    organization,
    case: 'PROBE-1',
    reason: 'A probe tries what support may do.',
    writes: writes ? 'yes' : 'no',
    minutes: '5',
    ...Object.fromEntries(permissions.map(name => [`may_${name}`, 'on'])),
  })
  return { id: requestForm.exec(ledTo(answer) ?? '')?.[1], status: answer.status }
}

async function mustAsk({ staff: [first], house }: Ground, wanted: Wanted): Promise<string> {
  const { id, status } = await asked(first.browser, house, wanted)
  if (id === undefined) throw cannotProbe(`Staff could not ask for support: status ${status}.`)
  return id
}

async function mustAgree(ground: Ground, id: string): Promise<void> {
  const [, second] = ground.staff
  await second.browser.send(`/staff/requests/${id}/agree`, {})
  if ((await knownOf(ground, id)).peerId !== second.personId) throw cannotProbe('A colleague could not agree.')
}

/** Asked, agreed to and approved: the grant of it. */
export async function mustBeGranted(
  ground: Ground,
  wanted: Wanted,
): Promise<{ readonly id: string; readonly grantId: string }> {
  const id = await mustAsk(ground, wanted)
  await mustAgree(ground, id)
  const { grantId: early } = await knownOf(ground, id)
  judge(
    ground,
    'a colleague agrees',
    'before the customer was asked',
    early !== null,
    'a grant began without the customer',
  )
  if (early !== null) return { id, grantId: early }
  const { status } = await ground.owner.browser.send(`/support/${id}/approve`, {})
  const { grantId } = await knownOf(ground, id)
  if (grantId === null) throw cannotProbe(`The customer could not approve: status ${status}.`)
  return { id, grantId }
}

/** What is never granted cannot even be asked for, and nobody else asks in the operator's name. */
export async function attackScope(ground: Ground): Promise<void> {
  const { report, closed, staff, house, owner, readable } = ground
  report.population('permissions that staff is never given', closed.length)
  const [first] = staff
  for (const permission of [...closed, '*']) {
    const { id, status } = await asked(first.browser, house, { permissions: [permission] })
    judge(
      ground,
      'ask for what staff is never given',
      permission,
      id !== undefined,
      `it was asked for: status ${status}`,
    )
    const both = await asked(first.browser, house, { permissions: [...readable.slice(0, 1), permission] })
    judge(ground, 'ask for it beside something else', permission, both.id !== undefined, 'it was asked for')
  }
  const { id } = await asked(owner.browser, house, { permissions: readable })
  judge(ground, 'ask as a member', 'house', id !== undefined, 'a member asked in the name of the operator')
}

/** Of everybody who is not asked: none begins a grant, before a colleague agreed or after. */
export async function attackConsent(ground: Ground): Promise<void> {
  const { owner, readable } = ground
  const id = await mustAsk(ground, { permissions: readable })
  const began = async (attack: string, where: string): Promise<void> => {
    const { grantId } = await knownOf(ground, id)
    judge(ground, attack, where, grantId !== null, 'a grant began')
  }
  const [first] = ground.staff
  await first.browser.send(`/staff/requests/${id}/agree`, {})
  judge(ground, 'agree to one’s own request', 'staff', (await knownOf(ground, id)).peerId !== null, 'it was agreed to')
  await owner.browser.send(`/support/${id}/approve`, {})
  await began('approve before a colleague agreed', 'owner')
  if ((await knownOf(ground, id)).peerId === null) await mustAgree(ground, id)
  await began('agree where the customer is to be asked', 'staff')
  for (const [name, who] of approvers(ground)) {
    await who.browser.send(`/support/${id}/approve`, {})
    await began('approve without being the one who is asked', name)
  }
  const stale = await ownerOfBefore(ground)
  await stale.browser.send(`/support/${id}/approve`, {})
  await began('approve without a fresh proof', 'owner')
  for (const [name, path] of [
    ['break', `/staff/requests/${id}/break`],
    ['review', `/staff/requests/${id}/review`],
  ] as const) {
    await ground.staff[2].browser.send(path, {})
    await began(`turn a request into an emergency: ${name}`, 'staff')
  }
  await attackGlass(ground)
}

/** The owner, in a session that proved itself twenty minutes ago. */
async function ownerOfBefore({ crowd, owner, house }: Ground): Promise<Guest> {
  const provenAt = new Date(systemClock.now().getTime() - 20 * 60_000)
  const { personId } = owner
  const proof = { personId, methods: ['sso-mfa'], way: 'sso-mfa', provenAt } as const
  const arrival = await crowd.people.identity.arrive(proof, { address: '127.0.0.1', agent: 'a probe' })
  if (arrival.needs !== 'nothing') throw cannotProbe('What a provider calls multi-factor is none here.')
  const browser = crowd.browser()
  browser.setCookie('session', arrival.token)
  browser.setCookie('organization', house)
  return { ...owner, browser }
}

/** Whoever works for the operator belongs to no customer, however somebody tries to make them a member; and the other way round. */
export async function attackJoining({ crowd, staff, house, agent, report }: Ground): Promise<void> {
  const { people } = crowd
  const attempt = async (attack: string, where: string, work: () => Promise<unknown>): Promise<void> => {
    const code = await work().then(
      () => undefined,
      (error: unknown) => codeOf(error),
    )
    if (code !== undefined && !joinings.includes(code))
      throw cannotProbe(`"${attack}" ended with ${code}, which is neither done nor refused.`)
    judge({ report }, attack, where, code === undefined, 'it was done')
  }
  const email = crowd.addressOf('staff-3')
  const member = { organizationId: house, email, name: 'Probe staff-3', roles: ['owner'] }
  await attempt('make somebody of the operator a member', 'an import', () => people.identity.importMember(member))
  await attempt('make somebody of the operator a member by hand', 'the login identity', () =>
    people.members
      .organization(house)
      .as({ type: 'operator', id: 'probe', purpose: 'proof' })
      .query(
        `insert into upheld_access.member (organization_id, id, person_id, roles, source, created_at)
         values ($1, gen_random_uuid(), $2, '{owner}', 'import', now())`,
        [house, staff[2].personId],
      ),
  )
  await attempt('make a member somebody of the operator', 'the staff', () =>
    addStaff(people.support, agent.personId, 'a probe'),
  )
}

function approvers({ agent, stranger, staff, house }: Ground): readonly (readonly [name: string, who: Guest])[] {
  const [first, second, third] = staff
  const crossed = stranger.browser.copy()
  crossed.setCookie('organization', house)
  const inside = first.browser.copy()
  inside.setCookie('organization', house)
  return [
    ['a member who may not', agent],
    ['the owner of another organization', stranger],
    ['the same with a cookie of this one', { ...stranger, browser: crossed }],
    ['whoever asked', first],
    ['the same with a cookie of this one', { ...first, browser: inside }],
    ['the colleague', second],
    ['a third one', third],
  ]
}

/** Without a passkey nobody of the operator reaches for the glass. */
async function attackGlass(ground: Ground): Promise<void> {
  const [first] = ground.staff
  const answer = await first.browser.send('/staff/glass', {
    organization: ground.house,
    case: 'PROBE-2',
    reason: 'A probe tries to break the glass.',
    writes: 'yes',
    minutes: '5',
    ...Object.fromEntries(ground.readable.map(name => [`may_${name}`, 'on'])),
  })
  const through = requestForm.test(ledTo(answer) ?? '')
  judge(ground, 'reach for the glass without a passkey', 'staff', through, 'it was reached for')
}
