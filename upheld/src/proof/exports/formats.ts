import type { TrustReport } from '../claims/index.ts'
import { asvsCoverage } from './asvs.ts'
import { caiqCsv, caiqJson } from './caiq.ts'
import { claimsSarif } from './sarif.ts'
import { cycloneDx } from './cyclonedx.ts'
import { exhibitsOf, type Exhibits } from './exhibits.ts'
import { componentDefinition } from './oscal/component.ts'
import { files } from './oscal/parts.ts'
import { assessmentPlan } from './oscal/plan.ts'
import { assessmentResults } from './oscal/results.ts'

/** Formats that need nothing but the report, so that anybody may ask for them. */
export const openFormats = [
  'oscal-assessment-results',
  'oscal-assessment-plan',
  'oscal-component-definition',
  'cyclonedx',
  'sarif',
  'caiq',
  'caiq-csv',
  'asvs',
] as const
export type OpenFormat = (typeof openFormats)[number]

interface Format {
  /** Name of the file, which other files may refer to. */
  readonly file: string
  readonly media: string
  readonly write: (exhibits: Exhibits) => string
}

const json = 'application/json; charset=utf-8'

export const formats: Readonly<Record<OpenFormat, Format>> = Object.freeze({
  'oscal-assessment-results': { file: files.results, media: json, write: assessmentResults },
  'oscal-assessment-plan': { file: files.plan, media: json, write: assessmentPlan },
  'oscal-component-definition': { file: files.component, media: json, write: componentDefinition },
  cyclonedx: { file: 'claims.cdx.json', media: 'application/vnd.cyclonedx+json; version=1.6', write: cycloneDx },
  sarif: { file: 'claims.sarif', media: 'application/sarif+json', write: claimsSarif },
  caiq: { file: 'caiq.json', media: json, write: caiqJson },
  'caiq-csv': { file: 'caiq.csv', media: 'text/csv; charset=utf-8; header=present', write: caiqCsv },
  asvs: { file: 'asvs-5.0.0.json', media: json, write: asvsCoverage },
})

/** The report in one format. The same report gives the same bytes; so does a later one, until something changes. */
export function exported(format: OpenFormat, report: TrustReport): string {
  return formats[format].write(exhibitsOf(report))
}
