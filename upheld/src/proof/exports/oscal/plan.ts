import { createHash } from 'node:crypto'
import type { JsonObject } from '../../../core/json.ts'
import type { Exhibit, Exhibits } from '../exhibits.ts'
import { markup } from '../text.ts'
import { uuidOf } from '../uuid.ts'
import { componentDefinition } from './component.ts'
import { documentOf, files, prop, reviewedControls, scopeProps, serviceUuid, toolComponent, toolUuid } from './parts.ts'

/** How the claims are attacked, and how often: the plan that the results refer to. */
export function assessmentPlan(exhibits: Exhibits): string {
  const { service, claims } = exhibits
  const described = uuidOf('system', service)
  const attacked = claims.filter(({ proof }) => proof !== undefined)
  return documentOf({ key: 'assessment-plan', title: `${service}: how its claims are attacked` }, exhibits, {
    'import-ssp': {
      href: `#${described}`,
      remarks: 'There is no system security plan. The component definition stands in its place.',
    },
    ...(attacked.length === 0
      ? {}
      : { 'local-definitions': { activities: attacked.map(claim => activityOf(claim, service)) } }),
    'reviewed-controls': reviewedControls(exhibits),
    'assessment-subjects': [subjectOf(exhibits)],
    'assessment-assets': {
      components: [toolComponent(exhibits)],
      'assessment-platforms': [
        { uuid: uuidOf('platform', service), 'uses-components': [{ 'component-uuid': toolUuid(exhibits) }] },
      ],
    },
    ...(attacked.length === 0 ? {} : { tasks: attacked.map(claim => taskOf(claim, exhibits)) }),
    'back-matter': {
      resources: [referenced(described, 'Component definition', files.component, componentDefinition(exhibits))],
    },
  })
}

/** A file beside this one, by its name and the digest of its bytes. */
export function referenced(uuid: string, title: string, href: string, text: string): JsonObject {
  const value = createHash('sha256').update(text).digest('hex')
  return {
    uuid,
    title,
    rlinks: [{ href, 'media-type': 'application/json', hashes: [{ algorithm: 'SHA-256', value }] }],
  }
}

function subjectOf(exhibits: Exhibits): JsonObject {
  return { type: 'component', 'include-subjects': [{ 'subject-uuid': serviceUuid(exhibits), type: 'component' }] }
}

function activityUuid(claim: Exhibit, service: string): string {
  return uuidOf('activity', service, claim.id, claim.digest)
}

function activityOf(claim: Exhibit, service: string): JsonObject {
  const steps = [
    ...(claim.proof?.instruments ?? []).map(one => stepOf(claim, 'attack', one)),
    ...(claim.proof?.sabotages ?? []).map(one => stepOf(claim, 'sabotage', one)),
  ]
  return {
    uuid: activityUuid(claim, service),
    title: markup(`Attack ${claim.id}`),
    description: markup(claim.sentence),
    props: [prop('observations-min', claim.proof?.observationsMin ?? 0), ...scopeProps(claim)],
    ...(steps.length === 0 ? {} : { steps }),
    'related-controls': { 'control-selections': [{ 'include-controls': [{ 'control-id': claim.id }] }] },
  }
}

function stepOf(
  claim: Exhibit,
  kind: 'attack' | 'sabotage',
  { name, says }: { readonly name: string; readonly says: string },
): JsonObject {
  const what = kind === 'attack' ? says : `${says} The attack must notice it on a copy.`
  return {
    uuid: uuidOf('step', claim.digest, kind, name),
    title: markup(`${kind === 'attack' ? 'Attack by' : 'Break a copy:'} ${name}`),
    description: markup(what),
  }
}

function taskOf(claim: Exhibit, exhibits: Exhibits): JsonObject {
  return {
    uuid: uuidOf('task', exhibits.service, claim.id, claim.digest),
    type: 'action',
    title: markup(`Attack ${claim.id} before its evidence is too old`),
    timing: { 'at-frequency': { period: claim.proof?.freshnessMins ?? 1, unit: 'minutes' } },
    'associated-activities': [
      { 'activity-uuid': activityUuid(claim, exhibits.service), subjects: [subjectOf(exhibits)] },
    ],
  }
}
