import assert from 'node:assert/strict'
import type { Ground, Page } from './programs-stage.ts'

export type House = Awaited<ReturnType<Ground['house']>>

export const patchOp = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
const scimMedia = 'application/scim+json; charset=utf-8'

/** A new token of the directory, from its page. */
export async function directoryToken(one: House, as: 'owner' | 'admin' = 'owner'): Promise<string> {
  const page = await (await one.as(as)).post('/organization/sign-in/directory/tokens', { name: 'Okta', days: '30' })
  return /uscim_[0-9a-f]{32}_[\w-]{43}/.exec(page.text)?.[0] ?? ''
}

/** A directory that holds this token. */
export function scimOf(
  ground: Pick<Ground, 'ask'>,
  token: string,
): (method: string, path: string, body?: unknown) => Promise<Page> {
  return (method, path, body) =>
    ground.ask(method, `/scim/v2${path}`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
}

/** The status of what has to be an error of the standard (RFC 7644, section 3.12). */
export function inScim({ status, text, headers }: Page): number {
  assert.equal(headers.get('content-type'), scimMedia, text.slice(0, 200))
  const said: unknown = JSON.parse(text)
  assert.ok(typeof said === 'object' && said !== null && 'schemas' in said && 'status' in said)
  assert.deepEqual(said.schemas, ['urn:ietf:params:scim:api:messages:2.0:Error'])
  assert.equal(said.status, String(status))
  return status
}

export function idIn({ text }: Page): string {
  return /"id":"([0-9a-f-]{36})"/.exec(text)?.[1] ?? ''
}
