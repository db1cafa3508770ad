import { z } from 'zod'
import { assertFresh, type FreshAction } from './actions.ts'
import { normalizeName } from './address.ts'
import { refuse } from './errors.ts'
import type { Parts } from './parts.ts'
import type { SecondFactorRule } from './policy.ts'
import type { Entry } from './port.ts'

/**
 * Whether staff of the operator may be let in. `ask`: a member approves each time. `allow`: a colleague of whoever asks
 * is enough. `never`: a request is refused when it is made.
 */
export type SupportRule = 'ask' | 'allow' | 'never'

export interface OrganizationRules {
  readonly name: string
  readonly secondFactor: SecondFactorRule
  readonly support: SupportRule
}

const secondFactorRules = z.enum(['privileged', 'everybody'])
const supportRules = z.enum(['ask', 'allow', 'never'])
const row = z.object({ name: z.string(), second_factor: secondFactorRules, support: supportRules })

/** What holds for everybody here, so that everybody may read it. @throws identity.may_not for a program or a suspended one */
export async function organizationRules(_: Parts, entry: Entry): Promise<OrganizationRules> {
  if (!entry.set.inPerson) throw refuse.may_not()
  const [found] = await entry.organization.query(`select name, second_factor, support from upheld_access.account`)
  const { second_factor: secondFactor, ...rest } = row.parse(found)
  return Object.freeze({ ...rest, secondFactor })
}

/** @throws identity.may_not, prove_again, bad_name */
export async function renameOrganization(parts: Parts, entry: Entry, name: string): Promise<void> {
  judge(parts, entry, 'organization.settings', 'change-settings')
  await entry.organization.query(`update upheld_access.account set name = $1`, [normalizeName(name)])
}

/** Who must have a second factor. @throws identity.may_not, prove_again, bad_input */
export async function setSecondFactorRule(parts: Parts, entry: Entry, given: SecondFactorRule): Promise<void> {
  judge(parts, entry, 'organization.settings', 'change-settings')
  const rule = secondFactorRules.safeParse(given).data
  if (rule === undefined) throw refuse.bad_input({ detail: 'second factor' })
  await entry.organization.query(`update upheld_access.account set second_factor = $1`, [rule])
}

/**
 * A standing approval is worth as much as any, and asks for as fresh a proof. What is open goes on until it ends or is
 * ended: this is about what begins.
 * @throws identity.may_not, prove_again, bad_input
 */
export async function setSupportRule(parts: Parts, entry: Entry, given: SupportRule): Promise<void> {
  judge(parts, entry, 'organization.support', 'approve-support')
  const rule = supportRules.safeParse(given).data
  if (rule === undefined) throw refuse.bad_input({ detail: 'support' })
  await entry.organization.query(`update upheld_access.account set support = $1`, [rule])
}

function judge(
  { clock }: Parts,
  { set, session }: Entry,
  permission: 'organization.settings' | 'organization.support',
  action: FreshAction,
): void {
  if (!set.may(permission)) throw refuse.may_not()
  assertFresh(session, action, clock.now())
}
