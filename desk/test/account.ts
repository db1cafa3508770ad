import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Credentials, DeclaredRoute, FurnishedPeople, Organization } from 'upheld'
import { access } from '../src/access/permissions.ts'
import { furnish } from '../src/entrance/furnish.ts'
import type { Stage } from './stage.ts'

/** A small account of one test's own, with one of everything and somebody of each kind. */
export interface Account {
  readonly organization: Organization
  readonly ids: Readonly<Record<string, string>>
  readonly members: FurnishedPeople['members']
  /** What proves who asks, by kind: each role, `no role`, `nobody`, `key`, `bare key`, `visitor`. */
  readonly ways: Readonly<Record<string, Credentials>>
}

export const noRole = 'no role'

export async function openAccount(stage: Stage): Promise<Account> {
  const { people, platform } = stage
  const organization = await platform.upheld.createOrganization()
  const mark = `mark${randomBytes(5).toString('hex')}`
  await people.identity.nameOrganization(organization.id, mark)
  const members: Record<string, { memberId: string; personId: string }> = {}
  const ways: Record<string, Credentials> = { nobody: { headers: {} } }
  for (const role of [...Object.keys(access.roles), noRole]) {
    const email = `${role.replace(' ', '-')}@${mark}.example`
    const given = { organizationId: organization.id, email, name: role, roles: role === noRole ? [] : [role] }
    const made = await people.identity.importMember(given)
    members[role] = made
    const cookie = await stage.session(made.personId, organization.id)
    ways[role] = { headers: { cookie, origin: stage.origin }, fields: { form_token: await tokenOf(stage, cookie) } }
  }
  const given = { people, members, furnishing: { ids: {}, roles: {} } }
  const furnished = await furnish(organization, mark, given)
  return {
    organization,
    ids: { ...furnished.ids, member: given.members['agent']?.memberId ?? '' },
    members,
    ways: { ...ways, ...furnished.roles },
  }
}

/** Of the forms of a session: it stands on the account's own pages, which everybody reaches who is signed in. */
async function tokenOf(stage: Stage, cookie: string): Promise<string> {
  const text = await (await stage.page('/account', cookie)).text()
  const token = /name="form_token"\s+value="([^"]+)"/.exec(text)?.[1]
  assert.ok(token)
  return token
}

/** A declared route as a request of this account, with what its example says. */
export function requestOf(
  origin: string,
  { method, path, params, query, headers: own, json, form, files }: DeclaredRoute,
  ids: Account['ids'],
  { headers, fields }: Credentials,
): Request {
  const at = path.replaceAll(/:(\w+)/g, (_, name: string) => valueOf(params?.[name], ids))
  const url = new URL(origin + at)
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, valueOf(value, ids))
  const sent = new Headers(headers)
  for (const [name, value] of Object.entries(own ?? {})) sent.set(name, valueOf(value, ids))
  const init = { method, headers: sent, redirect: 'manual' as const }
  if (json !== undefined) {
    sent.set('content-type', 'application/json')
    const body: unknown = JSON.parse(JSON.stringify(json), (_, value: unknown) =>
      isMark(value) ? valueOf(value, ids) : value,
    )
    return new Request(url, { ...init, body: JSON.stringify(body) })
  }
  if (form === undefined) return new Request(url, init)
  const pairs = Object.entries({ ...fields, ...form }).map(([name, value]): [string, string] => [
    name,
    valueOf(value, ids),
  ])
  if (files === undefined) return new Request(url, { ...init, body: new URLSearchParams(pairs) })
  const body = new FormData()
  for (const [name, value] of pairs) body.set(name, value)
  for (const [name, { fileName, contentType, text }] of Object.entries(files))
    body.set(name, new File([text], fileName, { type: contentType }))
  return new Request(url, { ...init, body })
}

function isMark(value: unknown): value is { readonly $id: string } | { readonly $fresh: string } {
  return typeof value === 'object' && value !== null && ('$id' in value || '$fresh' in value)
}

function valueOf(value: unknown, ids: Account['ids']): string {
  if (typeof value === 'string') return value
  assert.ok(isMark(value), 'an example is a text or a mark')
  if ('$fresh' in value) return value.$fresh.replace('*', randomBytes(6).toString('hex'))
  const id = ids[value.$id]
  assert.ok(id, `the account has no ${value.$id}`)
  return id
}
