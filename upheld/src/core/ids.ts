import { randomUUID } from 'node:crypto'
import { defineErrors } from './errors.ts'

const refuse = defineErrors('core', {
  bad_organization_id: { status: 400, public: 'This is not an organization id: a UUID in lower case is expected.' },
})

declare const organizationBrand: unique symbol
/** A UUID that was checked. Past the door no organization travels as a bare string. */
export type OrganizationId = string & { readonly [organizationBrand]: true }

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const nil = '00000000-0000-0000-0000-000000000000'

function isOrganizationId(text: string): text is OrganizationId {
  return uuidForm.test(text) && text !== nil
}

/** @throws core.bad_organization_id */
export function organizationId(text: string): OrganizationId {
  if (!isOrganizationId(text)) throw refuse.bad_organization_id()
  return text
}

export function newOrganizationId(): OrganizationId {
  return organizationId(randomUUID())
}
