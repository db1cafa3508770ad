import type { JsonObject } from '../../../core/json.ts'
import type { Exhibit, Exhibits } from '../exhibits.ts'
import { markup } from '../text.ts'
import { uuidOf } from '../uuid.ts'
import { documentOf, prop, scopeProps, serviceUuid, tokensOf, verdictProps } from './parts.ts'

/** What the claims are published as: a list of its own, and two standards by their numbers alone. */
const standards = [
  { key: 'asvs', title: 'OWASP ASVS 5.0.0', href: 'https://github.com/OWASP/ASVS/tree/v5.0.0' },
  { key: 'caiq', title: 'CSA CAIQ v4', href: 'https://cloudsecurityalliance.org/artifacts/cloud-controls-matrix-v4' },
] as const

/** The service as one component, and how each claim about it is kept and stands. */
export function componentDefinition(exhibits: Exhibits): string {
  const { service, claims } = exhibits
  const catalogue = uuidOf('claims', service)
  const implementations = [
    {
      uuid: uuidOf('implementation', service, 'claims'),
      source: `#${catalogue}`,
      description: 'Claims of the security page. Each is a control of its own, by the id of the claim.',
      'implemented-requirements': claims.map(claim => requirementOf(claim, service)),
    },
    ...standards.flatMap(({ key, title }) => {
      const ids = [...tokensOf(claims, key)]
      return ids.length === 0 ? [] : [mapped({ key, title, ids, service })]
    }),
  ].filter(one => one['implemented-requirements'].length > 0)
  return documentOf({ key: 'component-definition', title: `${service}: what its security page claims` }, exhibits, {
    components: [
      {
        uuid: serviceUuid(exhibits),
        type: 'service',
        title: markup(service),
        description: markup(`${service}, as its security page describes it.`),
        ...(implementations.length === 0 ? {} : { 'control-implementations': implementations }),
      },
    ],
    'back-matter': {
      resources: [
        { uuid: catalogue, title: markup(`Claims of ${service}`), description: 'The claims in this document.' },
        ...standards.map(({ key, title, href }) => ({
          uuid: uuidOf('standard', key),
          title: markup(title),
          description: 'Numbers only: the texts have licences of their own.',
          rlinks: [{ href }],
        })),
      ],
    },
  })
}

function requirementOf(claim: Exhibit, service: string): JsonObject {
  return {
    uuid: uuidOf('requirement', service, claim.id, claim.digest),
    'control-id': claim.id,
    description: markup(claim.sentence),
    props: [...verdictProps(claim), ...statusOf(claim), ...scopeProps(claim), ...checksOf(claim)],
  }
}

/** A word of OSCAL's own, and so without our namespace. Of what is in doubt nothing is said. */
function statusOf({ verdict }: Exhibit): JsonObject[] {
  if (verdict === 'upheld') return [{ name: 'implementation-status', value: 'implemented' }]
  return verdict === 'planned' ? [{ name: 'implementation-status', value: 'planned' }] : []
}

function checksOf({ proof }: Exhibit): JsonObject[] {
  return [
    ...(proof?.instruments ?? []).map(({ name, says }) => prop('probe', name, says)),
    ...(proof?.sabotages ?? []).map(({ name, says }) => prop('sabotage', name, says)),
  ]
}

interface Mapped {
  readonly key: string
  readonly title: string
  readonly ids: readonly (readonly [id: string, claims: readonly Exhibit[]])[]
  readonly service: string
}

function mapped({ key, title, ids, service }: Mapped) {
  return {
    uuid: uuidOf('implementation', service, key),
    source: `#${uuidOf('standard', key)}`,
    description: markup(`${title}, where a claim answers a part of it. No requirement is said to be met as a whole.`),
    'implemented-requirements': ids.map(([id, claims]): JsonObject => ({
      uuid: uuidOf('requirement', service, key, id),
      'control-id': id,
      description: markup(`Answered in part by ${claims.map(claim => claim.id).join(', ')}.`),
      props: claims.map(({ id: claim, verdict, why }) => prop('answered-by', claim, `${verdict}: ${why}`)),
    })),
  }
}
