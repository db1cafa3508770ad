import { systemClock } from '../../../core/clock.ts'
import { cannotProbe } from '../../claims/index.ts'
import { ledTo, type Browser } from '../people/browser.ts'
import { enterPassword, filled, moreProof, mustAnswer, newcomer, plainRoles, type Ground } from './ground.ts'
import { judge } from './used-once.ts'

const dayMs = 86_400_000

/** An administrator is who may do what only administrators may, whatever it is called: by a role, or by an exception. */
export async function attackByPower(ground: Ground): Promise<void> {
  const { crowd } = ground
  const { permissions, roles } = crowd.people.access
  const privileged = Object.keys(permissions).filter(name => permissions[name]?.privileged === true)
  const [first] = privileged
  const powerful = Object.keys(roles).filter(role => roles[role]?.some(name => privileged.includes(name)) === true)
  for (const role of powerful) {
    const browser = crowd.browser()
    await enterPassword(ground, browser, await newcomer(ground, [role]))
    await mustBeLed(ground, browser, `somebody without a second factor, with the role ${role}`)
  }
  if (first === undefined) return
  const browser = crowd.browser()
  const someone = await newcomer(ground, plainRoles(ground))
  await enterPassword(ground, browser, someone)
  const owner = await newcomer(ground, ['owner'])
  const handle = crowd.people.members.organization(crowd.house)
  const until = new Date(systemClock.now().getTime() + dayMs)
  await crowd.people.roles.addOverrides(
    handle.as({ type: 'member', id: owner.memberId, purpose: 'proof' }),
    { memberId: owner.memberId },
    [
      {
        memberId: someone.memberId,
        permission: first,
        effect: 'allow',
        reason: 'A probe.',
        expiresAt: until,
        reviewAt: until,
      },
    ],
  )
  await mustBeLed(ground, browser, 'a member without a second factor, with an exception that makes them more')
}

/** Who was let in where little is asked is asked all the same where more is. */
export async function attackBySwitching(ground: Ground): Promise<void> {
  const { crowd, world } = ground
  const { people } = world
  if (people === undefined) return
  const { other } = people.organizations
  await people.clear(other)
  try {
    await crowd.people.identity.nameOrganization(other, 'Neighbor of a probe')
    const someone = await newcomer(ground, ['admin'])
    const { email, name } = someone
    await crowd.people.identity.importMember({ organizationId: other, email, name, roles: plainRoles(ground) })
    const browser = crowd.browser()
    await enterPassword(ground, browser, someone)
    const opened: number[] = []
    for (const path of looks(ground)) {
      browser.setCookie('organization', other)
      opened.push(mustAnswer(await browser.get(filled(path)), `GET ${path}`).status)
    }
    if (!opened.includes(200)) throw cannotProbe('No page is open to whoever may nothing that is privileged.')
    await mustBeLed(
      ground,
      browser,
      'an administrator without a second factor, from an organization that asks for none',
    )
  } finally {
    await people.clear(other)
  }
}

function looks({ closed }: Ground): readonly string[] {
  return closed.filter(({ method, path }) => method === 'GET' && !path.includes(':')).map(({ path }) => path)
}

/** Each page of the organization leads them to a second factor. */
async function mustBeLed(ground: Ground, browser: Browser, attack: string): Promise<void> {
  for (const path of looks(ground)) {
    browser.setCookie('organization', ground.crowd.house)
    const answer = mustAnswer(await browser.get(filled(path)), `GET ${path}`)
    judge(ground, attack, `GET ${path}`, ledTo(answer) !== moreProof, `status ${answer.status}`)
  }
}
