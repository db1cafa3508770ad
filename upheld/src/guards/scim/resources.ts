import type { StoredGroup } from './groups.ts'
import { groupAttributes } from './group-form.ts'
import type { Attribute, Values } from './shape.ts'
import type { StoredUser } from './users.ts'
import { userAttributes } from './user-form.ts'

const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User'
const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const schemaSchema = 'urn:ietf:params:scim:schemas:core:2.0:Schema'
const configSchema = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'
const typeSchema = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType'

export function etagOf({ version }: { readonly version: string }): string {
  return `W/"${version}"`
}

interface Stored {
  readonly id: string
  readonly created_at: Date
  readonly changed_at: Date
  readonly version: string
}

function metaOf(stored: Stored, resourceType: 'User' | 'Group', baseUrl: string): Values {
  return {
    resourceType,
    created: stored.created_at.toISOString(),
    lastModified: stored.changed_at.toISOString(),
    location: `${baseUrl}/${resourceType}s/${stored.id}`,
    version: etagOf(stored),
  }
}

export function userResource(user: StoredUser, baseUrl: string): Values {
  return {
    schemas: [userSchema],
    id: user.id,
    ...(user.external_id === null ? {} : { externalId: user.external_id }),
    userName: user.user_name,
    ...user.attributes,
    active: user.active,
    ...(user.groups.length === 0
      ? {}
      : { groups: user.groups.map(group => ({ ...group, $ref: `${baseUrl}/Groups/${group.value}`, type: 'direct' })) }),
    meta: metaOf(user, 'User', baseUrl),
  }
}

export function groupResource(group: StoredGroup, baseUrl: string): Values {
  return {
    schemas: [groupSchema],
    id: group.id,
    ...(group.external_id === null ? {} : { externalId: group.external_id }),
    displayName: group.display_name,
    ...(group.members.length === 0
      ? {}
      : { members: group.members.map(user => ({ ...user, $ref: `${baseUrl}/Users/${user.value}`, type: 'User' })) }),
    meta: metaOf(group, 'Group', baseUrl),
  }
}

export function listOf(resources: readonly Values[], total: number, startIndex: number): Values {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: total,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  }
}

/** RFC 7643, section 5. */
export function serviceProviderConfig(baseUrl: string, pageMax: number): Values {
  return {
    schemas: [configSchema],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: pageMax },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'A token of the organization, which an owner makes.',
        specUri: 'https://www.rfc-editor.org/rfc/rfc6750',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${baseUrl}/ServiceProviderConfig` },
  }
}

/** RFC 7643, section 6. */
export function resourceTypes(baseUrl: string): readonly Values[] {
  return (
    [
      ['User', userSchema],
      ['Group', groupSchema],
    ] as const
  ).map(([name, schema]) => ({
    schemas: [typeSchema],
    id: name,
    name,
    endpoint: `/${name}s`,
    description: `${name}s of the organization.`,
    schema,
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/${name}` },
  }))
}

/** RFC 7643, section 7. */
export function schemas(baseUrl: string): readonly Values[] {
  return [
    { id: userSchema, name: 'User', attributes: userAttributes },
    { id: groupSchema, name: 'Group', attributes: groupAttributes },
  ].map(({ id, name, attributes }) => ({
    schemas: [schemaSchema],
    id,
    name,
    description: `${name}s of the organization.`,
    attributes: attributes
      .filter(({ name: own }) => !['schemas', 'meta', 'id', 'externalId'].includes(own))
      .map(published),
    meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${id}` },
  }))
}

function published(attribute: Attribute): Values {
  return {
    name: attribute.name,
    type: attribute.type,
    multiValued: attribute.multiValued ?? false,
    description: attribute.description,
    required: attribute.required ?? false,
    ...(attribute.type === 'string' ? { caseExact: attribute.caseExact ?? false } : {}),
    mutability: attribute.mutability ?? 'readWrite',
    returned: 'default',
    ...(attribute.type === 'string' ? { uniqueness: attribute.uniqueness ?? 'none' } : {}),
    ...(attribute.subAttributes === undefined ? {} : { subAttributes: attribute.subAttributes.map(published) }),
  }
}
