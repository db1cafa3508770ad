import type { JsonObject } from '../../../core/json.ts'
import { byRequirement, type Exhibit, type Exhibits } from '../exhibits.ts'
import { jsonText, line, markup } from '../text.ts'
import { uuidOf, vocabulary } from '../uuid.ts'

/** The release whose schema the documents fulfil. */
const oscalVersion = '1.2.2'

/** Names of the files, which refer to one another by them. */
export const files = Object.freeze({
  results: 'oscal-assessment-results.json',
  plan: 'oscal-assessment-plan.json',
  component: 'oscal-component-definition.json',
})

export function prop(name: string, value: string | number, remarks?: string): JsonObject {
  return {
    name,
    ns: vocabulary,
    value: line(String(value)),
    ...(remarks === undefined ? {} : { remarks: markup(remarks) }),
  }
}

interface Identity {
  /** The document's own words: they are part of its identifier. */
  readonly key: 'assessment-results' | 'assessment-plan' | 'component-definition'
  readonly title: string
}

/**
 * A whole document. Its identifier is made of all that it says, so one that says something else is another document,
 * as OSCAL demands; its time is that of the evidence.
 */
export function documentOf(
  { key, title }: Identity,
  { service, asOf, fault, log }: Exhibits,
  body: JsonObject,
): string {
  const metadata = {
    title: markup(title),
    'last-modified': asOf,
    version: asOf,
    'oscal-version': oscalVersion,
    props: [
      prop('record', fault === undefined ? (log === undefined ? 'empty' : 'holds') : 'does-not-hold', fault),
      ...(log === undefined ? [] : [prop('checkpoint-origin', log.origin), prop('checkpoint-size', log.size)]),
    ],
  }
  const uuid = uuidOf('oscal', key, service, jsonText({ metadata, body }))
  return jsonText({ [key]: { uuid, metadata, ...body } })
}

export function serviceUuid({ service }: Exhibits): string {
  return uuidOf('service', service)
}

export function toolUuid({ service }: Exhibits): string {
  return uuidOf('tool', service)
}

/** Upheld itself, where it is the instrument of an assessment. */
export function toolComponent(exhibits: Exhibits): JsonObject {
  return {
    uuid: toolUuid(exhibits),
    type: 'software',
    title: 'Upheld',
    description: 'Attacks the running service on a schedule, and copies of it that were broken on purpose.',
    status: { state: 'operational' },
  }
}

/** Claims that are attacked. The others are left out by name: nobody may think that they were looked at. */
export function reviewedControls({ claims }: Exhibits): JsonObject {
  const ids = (proven: boolean): JsonObject[] =>
    claims.filter(({ kind }) => (kind === 'proven') === proven).map(({ id }) => ({ 'control-id': id }))
  const [reviewed, left] = [ids(true), ids(false)]
  return {
    description: 'Each control is a claim of the security page, by its id.',
    'control-selections': [
      {
        ...(reviewed.length === 0 ? {} : { 'include-controls': reviewed }),
        ...(left.length === 0 ? {} : { 'exclude-controls': left }),
        ...(reviewed.length === 0 ? { 'include-all': {} } : {}),
      },
    ],
  }
}

/** What a claim covers, rests on and leaves out, and the published standards that it answers in part. */
export function scopeProps({ digest, proof, mappings }: Exhibit): JsonObject[] {
  return [
    prop('claim-digest', digest),
    ...(proof === undefined ? [] : [prop('population', proof.population)]),
    ...(proof?.assumptions ?? []).map(text => prop('assumption', text)),
    ...(proof?.notCovered ?? []).map(text => prop('not-covered', text)),
    ...Object.entries(mappings).flatMap(([standard, ids]: [string, readonly string[] | undefined]) =>
      (ids ?? []).map(id => prop(`mapping-${standard}`, id)),
    ),
  ]
}

export function verdictProps({ verdict, reason, why, since }: Exhibit): JsonObject[] {
  return [prop('verdict', verdict, why), prop('reason', reason), ...(since === undefined ? [] : [prop('since', since)])]
}

/** The control-ids of a standard that OSCAL can hold: those that are a token of its own. */
export function tokensOf(
  claims: readonly Exhibit[],
  standard: 'asvs' | 'caiq',
): ReadonlyMap<string, readonly Exhibit[]> {
  return new Map([...byRequirement(claims, standard)].filter(([id]) => /^[\p{L}_][\p{L}\p{N}._-]*$/u.test(id)))
}
