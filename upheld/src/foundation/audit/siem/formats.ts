import { leafHashOf } from '../search/index.ts'
import { cadf } from './cadf.ts'
import { cef } from './cef.ts'
import { csv } from './csv.ts'
import { ecs } from './ecs.ts'
import { ocsf } from './ocsf.ts'
import type { Format, FormatName } from './format.ts'

/** The leaf as it is, with its place and its hash beside it. */
const ndjson: Format = Object.freeze({
  name: 'ndjson',
  media: 'application/x-ndjson',
  line: (entry, { organization, origin }) =>
    `{"index":${entry.index},"origin":${JSON.stringify(origin)},"organization":${JSON.stringify(organization)},` +
    `"hash":"${leafHashOf(entry)}","leaf":${entry.text}}`,
} satisfies Format)

export const formats: Readonly<Record<FormatName, Format>> = Object.freeze({ ocsf, ecs, cef, cadf, ndjson, csv })
