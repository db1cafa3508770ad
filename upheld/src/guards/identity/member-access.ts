import { accessStore, type NewOverride, type RoleChange } from '../access/index.ts'
import { assertFresh } from './actions.ts'
import type { Parts } from './parts.ts'
import type { Entry } from './port.ts'

/**
 * What members change of each other's access: `guards/access` judges it, and a stolen session is not enough for it. All or
 * nothing, at most 100 members at once.
 * @throws identity.prove_again, and what `changeRoles` of access throws
 */
export async function changeRoles(parts: Parts, entry: Entry, changes: readonly RoleChange[]): Promise<void> {
  assertFresh(entry.session, 'change-roles', parts.clock.now())
  await accessStore(parts).changeRoles(entry.organization, entry, changes)
}

/** Answers with their identifiers. @throws identity.prove_again, and what `addOverrides` of access throws */
export async function addOverrides(
  parts: Parts,
  entry: Entry,
  overrides: readonly NewOverride[],
): Promise<readonly string[]> {
  assertFresh(entry.session, 'change-roles', parts.clock.now())
  return accessStore(parts).addOverrides(entry.organization, entry, overrides)
}

/** @throws identity.prove_again, and what `withdrawOverrides` of access throws */
export async function withdrawOverrides(parts: Parts, entry: Entry, ids: readonly string[]): Promise<void> {
  assertFresh(entry.session, 'change-roles', parts.clock.now())
  await accessStore(parts).withdrawOverrides(entry.organization, entry, ids)
}
