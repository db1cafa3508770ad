import type { Organization, Statements, TransactionStatements } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import type { Filter } from './filter.ts'
import { isAbove, type Giver } from './giver.ts'
import type { Options } from './options.ts'
import { applied, type Operation } from './patch.ts'
import type { Values } from './shape.ts'
import { settle } from './standing.ts'
import { emailOf, readUser, userAttributes, type UserValues } from './user-form.ts'
import { whereOf, type Column } from './where.ts'

/** A user as a row, with what else its resource shows. */
export interface StoredUser {
  readonly id: string
  readonly user_name: string
  readonly external_id: string | null
  readonly attributes: Values
  /** As the directory said it. */
  readonly said_active: boolean
  /** As it is: false also for a member whom somebody here suspended. */
  readonly active: boolean
  readonly groups: readonly { readonly value: string; readonly display: string }[]
  readonly created_at: Date
  readonly changed_at: Date
  readonly version: string
}

export interface Page {
  /** From 1. */
  readonly startIndex: number
  readonly count: number
  readonly filter: Filter | undefined
}

export interface Context {
  readonly organization: Organization
  readonly options: Options
  /** Who made the token that asks. */
  readonly giver: Giver
  readonly now: Date
  /** `If-Match`, where the request had one: the version that it means. */
  readonly version?: string
}

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const json = (path: string): string => `u.attributes ${path}`
const emails = `jsonb_array_elements(coalesce(u.attributes -> 'emails', '[]')) item`
const columns: Readonly<Record<string, Column>> = {
  id: { sql: 'u.id::text', type: 'exact' },
  username: { sql: 'u.user_name', type: 'text', folded: 'u.folded_name' },
  externalid: { sql: 'u.external_id', type: 'exact' },
  active: { sql: '(u.active and m.suspended_at is null)', type: 'boolean' },
  displayname: { sql: json(`->> 'displayName'`), type: 'text' },
  title: { sql: json(`->> 'title'`), type: 'text' },
  usertype: { sql: json(`->> 'userType'`), type: 'text' },
  'name.familyname': { sql: json(`-> 'name' ->> 'familyName'`), type: 'text' },
  'name.givenname': { sql: json(`-> 'name' ->> 'givenName'`), type: 'text' },
  'name.formatted': { sql: json(`-> 'name' ->> 'formatted'`), type: 'text' },
  emails: { sql: `item ->> 'value'`, type: 'text', each: emails },
  'emails.value': { sql: `item ->> 'value'`, type: 'text', each: emails },
  'emails.type': { sql: `item ->> 'type'`, type: 'text', each: emails },
}

const selected = `select u.id, u.user_name, u.external_id, u.attributes, u.active as said_active,
  u.active and m.suspended_at is null as active,
  u.created_at, u.changed_at, u.version,
  (select coalesce(jsonb_agg(jsonb_build_object('value', g.id, 'display', g.display_name) order by g.display_name), '[]')
    from upheld_access.scim_group_user gu join upheld_access.scim_group g on g.id = gu.group_id where gu.user_id = u.id) as groups
  from upheld_access.scim_user u left join upheld_access.member m on m.id = u.member_id`

/** @throws scim.not_found, also for an identifier of another organization, and for none at all */
export async function findUser({ answer }: Pick<Statements, 'answer'>, id: string): Promise<StoredUser> {
  if (!uuidForm.test(id)) throw refuse.not_found()
  const { rows } = await answer<StoredUser>(`${selected} where u.id = $1`, [id])
  const [row] = rows
  if (row === undefined) throw refuse.not_found()
  return row
}

export async function listUsers(
  { organization }: Context,
  { startIndex, count, filter }: Page,
): Promise<{ readonly total: number; readonly rows: readonly StoredUser[] }> {
  const { text, values } = whereOf(filter, columns)
  const all = await organization.answer<{ total: number }>(
    `select count(*)::int as total from upheld_access.scim_user u left join upheld_access.member m on m.id = u.member_id where ${text}`,
    values,
  )
  const total = all.rows[0]?.total ?? 0
  if (count === 0 || startIndex > total) return { total, rows: [] }
  const { rows } = await organization.answer<StoredUser>(
    `${selected} where ${text} order by u.created_at, u.id offset ${startIndex - 1} limit ${count}`,
    values,
  )
  return { total, rows }
}

export async function createUser({ organization, options, giver, now }: Context, given: unknown): Promise<StoredUser> {
  const values = readUser(given)
  return organization.transaction(async tx => {
    const [all] = await tx.sql<{ count: number }>`select count(*)::int as count from upheld_access.scim_user`
    if ((all?.count ?? 0) >= options.usersMax) throw refuse.bad_value({ detail: 'as many users as there can be' })
    const [row] = await tx.sql<{ id: string }>`
      insert into upheld_access.scim_user (organization_id, user_name, external_id, email, attributes, active, created_at, changed_at)
      values (${organization.id}, ${values.userName}, ${values.externalId ?? null}, ${emailOf(values) ?? null},
        ${JSON.stringify(kept(values))}, ${values.active ?? true}, ${now}, ${now})
      returning id`
    const id = row?.id ?? ''
    await settle(tx, { organization: organization.id, giver, now }, id)
    return findUser(tx, id)
  })
}

/** What is left out is taken away, but not who is let in: a user who was let go does not come back by an omission. */
export function replaceUser(context: Context, id: string, given: unknown): Promise<StoredUser> {
  const values = readUser(given)
  return changed(context, id, before => ({ ...values, active: values.active ?? before.said_active }))
}

export function patchUser(context: Context, id: string, operations: readonly Operation[]): Promise<StoredUser> {
  return changed(context, id, before => {
    const start: Values = {
      ...before.attributes,
      userName: before.user_name,
      externalId: before.external_id ?? undefined,
      active: before.said_active,
    }
    return readUser(operations.reduce((values, operation) => applied(values, operation, userAttributes), start))
  })
}

/** The user is forgotten, and is no member any more. */
export async function deleteUser({ organization, giver, version }: Context, id: string): Promise<void> {
  await organization.transaction(async tx => {
    const before = await locked(tx, id, version)
    const [row] = await tx.sql<{ member_id: string | null }>`
      delete from upheld_access.scim_user where id = ${before.id} returning member_id`
    if (row === undefined || row.member_id === null) return
    if (await isAbove(tx, giver, row.member_id)) throw refuse.owner_stays()
    await tx.sql`delete from upheld_access.member where id = ${row.member_id}`
  })
}

function changed(
  { organization, giver, now, version }: Context,
  id: string,
  change: (before: StoredUser) => UserValues,
): Promise<StoredUser> {
  return organization.transaction(async tx => {
    const before = await locked(tx, id, version)
    const values = change(before)
    await tx.sql`update upheld_access.scim_user set user_name = ${values.userName}, external_id = ${values.externalId ?? null},
        email = ${emailOf(values) ?? null}, attributes = ${JSON.stringify(kept(values))}, active = ${values.active ?? before.said_active},
        changed_at = ${now}, version = version + 1
      where id = ${before.id}`
    await settle(tx, { organization: organization.id, giver, now }, before.id)
    return findUser(tx, before.id)
  })
}

async function locked(tx: TransactionStatements, id: string, version: string | undefined): Promise<StoredUser> {
  if (!uuidForm.test(id)) throw refuse.not_found()
  await tx.sql`select id from upheld_access.scim_user where id = ${id} for update`
  const before = await findUser(tx, id)
  if (version !== undefined && version !== before.version) throw refuse.changed()
  return before
}

/** What has no column of its own. */
function kept(values: UserValues): Values {
  const columns = ['userName', 'externalId', 'active']
  return Object.fromEntries(Object.entries(values).filter(([name]) => !columns.includes(name)))
}
