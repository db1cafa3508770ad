import { randomUUID } from 'node:crypto'
import { upheld, type Organization } from '../../../upheld.ts'
import { adminUrlOf } from '../attach.ts'
import { refuse } from '../errors.ts'
import type { Settings } from '../settings.ts'
import { loginsOf } from '../system/logins.ts'
import { platformOptions } from '../system/platform.ts'
import { withAdmin } from '../system/server.ts'
import { existingState, type State } from '../system/state.ts'

/** Where the organization's rows are, once it is known that it exists. */
interface Found {
  readonly state: State
  readonly adminUrl: string
  readonly id: string
}

/** @throws cli.organization_missing, no_system, unknown_organization */
export async function findOrganization(settings: Settings): Promise<Found> {
  const { organization: id } = settings
  if (id === undefined) throw refuse.organization_missing()
  const state = existingState(settings.state)
  const adminUrl = adminUrlOf(state, settings)
  if (adminUrl === undefined) throw refuse.no_system({ detail: state.folder })
  const { rows } = await withAdmin(adminUrl, admin =>
    admin.query('select from upheld_guard.organization where id = $1', [id]),
  )
  if (rows.length === 0) throw refuse.unknown_organization({ detail: id })
  return { state, adminUrl, id }
}

/**
 * The organization through the application's own login, as the operator: the account of this machine by its number.
 * What is done stands in the organization's log under this actor.
 */
export async function asOperator<T>(
  { state, adminUrl, id }: Found,
  work: (organization: Organization) => Promise<T>,
): Promise<T> {
  const platform = upheld(platformOptions(state, loginsOf(state.logins).urls(adminUrl)))
  try {
    const account = `uid-${process.getuid?.() ?? 'unknown'}`
    const actor = { type: 'operator', id: account, purpose: 'audit export', request: randomUUID() } as const
    return await work(platform.organization(id).as(actor))
  } finally {
    await platform.close()
  }
}
