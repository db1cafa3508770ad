import type { Statements, TransactionStatements } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import { readGroup, readMembers } from './group-form.ts'
import type { Operation } from './patch.ts'
import { isObject } from './shape.ts'
import { settle } from './standing.ts'
import type { Context, Page } from './users.ts'
import { whereOf, type Column } from './where.ts'

export interface StoredGroup {
  readonly id: string
  readonly display_name: string
  readonly external_id: string | null
  readonly members: readonly { readonly value: string; readonly display: string }[]
  readonly created_at: Date
  readonly changed_at: Date
  readonly version: string
}

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const membersOf = `upheld_access.scim_group_user item`
const columns: Readonly<Record<string, Column>> = {
  id: { sql: 'g.id::text', type: 'exact' },
  displayname: { sql: 'g.display_name', type: 'text' },
  externalid: { sql: 'g.external_id', type: 'exact' },
  members: { sql: '(case when item.group_id = g.id then item.user_id::text end)', type: 'exact', each: membersOf },
  'members.value': {
    sql: '(case when item.group_id = g.id then item.user_id::text end)',
    type: 'exact',
    each: membersOf,
  },
}

/** `members` may be many: they are left out of lists whose reader does not want them. */
const selected = (
  members: boolean,
): string => `select g.id, g.display_name, g.external_id, g.created_at, g.changed_at, g.version,
  ${
    members
      ? `(select coalesce(jsonb_agg(jsonb_build_object('value', u.id, 'display', u.user_name) order by u.user_name), '[]')
    from upheld_access.scim_group_user gu join upheld_access.scim_user u on u.id = gu.user_id where gu.group_id = g.id)`
      : `'[]'::jsonb`
  } as members
  from upheld_access.scim_group g`

/** @throws scim.not_found, also for an identifier of another organization, and for none at all */
export async function findGroup({ answer }: Pick<Statements, 'answer'>, id: string): Promise<StoredGroup> {
  if (!uuidForm.test(id)) throw refuse.not_found()
  const { rows } = await answer<StoredGroup>(`${selected(true)} where g.id = $1`, [id])
  const [row] = rows
  if (row === undefined) throw refuse.not_found()
  return row
}

export async function listGroups(
  { organization }: Context,
  { startIndex, count, filter }: Page,
  members: boolean,
): Promise<{ readonly total: number; readonly rows: readonly StoredGroup[] }> {
  const { text, values } = whereOf(filter, columns)
  const all = await organization.answer<{ total: number }>(
    `select count(*)::int as total from upheld_access.scim_group g where ${text}`,
    values,
  )
  const total = all.rows[0]?.total ?? 0
  if (count === 0 || startIndex > total) return { total, rows: [] }
  const { rows } = await organization.answer<StoredGroup>(
    `${selected(members)} where ${text} order by g.created_at, g.id offset ${startIndex - 1} limit ${count}`,
    values,
  )
  return { total, rows }
}

export async function createGroup(context: Context, given: unknown): Promise<StoredGroup> {
  const { organization, options, now } = context
  const { displayName, externalId, members } = readGroup(given, options.groupUsersMax)
  return organization.transaction(async tx => {
    const [all] = await tx.sql<{ count: number }>`select count(*)::int as count from upheld_access.scim_group`
    if ((all?.count ?? 0) >= options.groupsMax) throw refuse.bad_value({ detail: 'as many groups as there can be' })
    const [row] = await tx.sql<{ id: string }>`
      insert into upheld_access.scim_group (organization_id, display_name, external_id, created_at, changed_at)
      values (${organization.id}, ${displayName}, ${externalId ?? null}, ${now}, ${now}) returning id`
    const id = row?.id ?? ''
    await setMembers(context, tx, id, members ?? [])
    return findGroup(tx, id)
  })
}

/** What is left out is taken away: also all members. */
export function replaceGroup(context: Context, id: string, given: unknown): Promise<StoredGroup> {
  const values = readGroup(given, context.options.groupUsersMax)
  return changed(context, id, async (tx, before) => {
    await rename(tx, before.id, values)
    await setMembers(context, tx, before.id, values.members ?? [])
  })
}

export function patchGroup(context: Context, id: string, operations: readonly Operation[]): Promise<StoredGroup> {
  return changed(context, id, async (tx, before) => {
    let names: Readonly<Record<string, unknown>> = { displayName: before.display_name, externalId: before.external_id }
    let members = before.members.map(({ value }) => value)
    for (const operation of operations.flatMap(flattened)) {
      const attribute = operation.path?.attribute.toLowerCase()
      if (attribute === 'members') members = membersAfter(members, operation, context.options.groupUsersMax)
      else if (attribute === 'id' || attribute === 'meta') throw refuse.immutable()
      else if (attribute === 'displayname' || attribute === 'externalid') {
        const name = attribute === 'externalid' ? 'externalId' : 'displayName'
        names = { ...names, [name]: operation.op === 'remove' ? undefined : operation.value }
      }
    }
    await rename(tx, before.id, readGroup(names, 0))
    await setMembers(context, tx, before.id, members)
  })
}

export async function deleteGroup(context: Context, id: string): Promise<void> {
  const { organization, version } = context
  await organization.transaction(async tx => {
    const before = await locked(tx, id, version)
    await setMembers(context, tx, before.id, [])
    await tx.sql`delete from upheld_access.scim_group where id = ${before.id}`
  })
}

/** An operation without a path is one for each attribute in its value. */
function flattened({ op, path, value }: Operation): Operation[] {
  if (path !== undefined) return [{ op, path, value }]
  if (op === 'remove') throw refuse.no_target()
  if (!isObject(value)) throw refuse.bad_value({ detail: 'attributes are expected' })
  return Object.entries(value)
    .filter(([name]) => !['id', 'schemas', 'meta'].includes(name.toLowerCase()))
    .map(([attribute, item]) => ({ op, path: { attribute, filter: undefined, part: undefined }, value: item }))
}

function membersAfter(before: readonly string[], { op, path, value }: Operation, membersMax: number): string[] {
  const filter = path?.filter
  if (filter !== undefined) {
    if (op !== 'remove' || filter.kind !== 'compare' || filter.attribute !== 'value' || filter.operator !== 'eq') {
      throw refuse.bad_path({ detail: 'members are removed by members[value eq "…"]' })
    }
    return before.filter(id => id !== filter.value)
  }
  if (op === 'remove' && value === undefined) return []
  const named = readMembers(value, membersMax)
  if (op === 'remove') return before.filter(id => !named.includes(id))
  return op === 'replace' ? named : [...new Set([...before, ...named])]
}

async function rename(
  tx: TransactionStatements,
  id: string,
  { displayName, externalId }: { readonly displayName: string; readonly externalId: string | undefined },
): Promise<void> {
  await tx.sql`update upheld_access.scim_group
    set display_name = ${displayName}, external_id = ${externalId ?? null} where id = ${id}`
}

/** Exactly these users, each of whom gets and loses roles with it. @throws scim.bad_value for one who is not there */
async function setMembers(
  { organization, options, giver, now }: Context,
  tx: TransactionStatements,
  id: string,
  members: readonly string[],
): Promise<void> {
  if (members.length > options.groupUsersMax) throw refuse.bad_value({ detail: 'too many members' })
  if (!members.every(member => uuidForm.test(member))) throw refuse.bad_value({ detail: 'no such user' })
  const gone = await tx.sql<{ user_id: string }>`delete from upheld_access.scim_group_user
    where group_id = ${id} and not user_id = any (${members}::uuid[]) returning user_id`
  const added = await tx.sql<{ user_id: string }>`
    insert into upheld_access.scim_group_user (organization_id, group_id, user_id)
    select ${organization.id}, ${id}, u.id from upheld_access.scim_user u where u.id = any (${members}::uuid[])
    on conflict do nothing returning user_id`
  const [there] = await tx.sql<{ count: number }>`
    select count(*)::int as count from upheld_access.scim_group_user where group_id = ${id}`
  if (there?.count !== members.length) throw refuse.bad_value({ detail: 'no such user' })
  // One order for everybody, so that two changes of groups do not wait for each other in a circle.
  for (const userId of [...gone, ...added].map(row => row.user_id).toSorted()) {
    await settle(tx, { organization: organization.id, giver, now }, userId)
  }
}

function changed(
  { organization, now, version }: Context,
  id: string,
  change: (tx: TransactionStatements, before: StoredGroup) => Promise<void>,
): Promise<StoredGroup> {
  return organization.transaction(async tx => {
    const before = await locked(tx, id, version)
    await change(tx, before)
    await tx.sql`update upheld_access.scim_group set changed_at = ${now}, version = version + 1 where id = ${before.id}`
    return findGroup(tx, before.id)
  })
}

async function locked(tx: TransactionStatements, id: string, version: string | undefined): Promise<StoredGroup> {
  if (!uuidForm.test(id)) throw refuse.not_found()
  await tx.sql`select id from upheld_access.scim_group where id = ${id} for update`
  const before = await findGroup(tx, id)
  if (version !== undefined && version !== before.version) throw refuse.changed()
  return before
}
