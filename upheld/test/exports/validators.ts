import { readFileSync } from 'node:fs'
import draft04 from 'ajv-draft-04'
import addFormats from 'ajv-formats'
import { Ajv, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { z } from 'zod'
import { asvsJsonSchema, caiqJsonSchema, predicateJsonSchema, type OpenFormat } from '../../src/proof/exports/index.ts'

const vectors = new URL('../../../vectors/', import.meta.url)
const anySchema = z.looseObject({})

function schema(path: string): z.infer<typeof anySchema> {
  return anySchema.parse(JSON.parse(readFileSync(new URL(path, vectors), 'utf8')))
}

function oscal(): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats.default(ajv)
  return ajv.compile(schema('oscal/oscal_complete_schema-1.2.2.json'))
}

function cycloneDx(): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats.default(ajv)
  // Addresses in any script, RFC 3987: every URI is one, and ours are no more than that.
  ajv.addFormat('iri-reference', /^[^\s<>"{}|\\^`]*$/u)
  ajv.addFormat('idn-email', /^[^@\s]+@[^@\s]+$/u)
  ajv.addSchema(schema('cyclonedx/jsf-0.82.schema.json'))
  ajv.addSchema(schema('cyclonedx/spdx.schema.json'))
  return ajv.compile(schema('cyclonedx/bom-1.6.schema.json'))
}

function sarif(): ValidateFunction {
  const ajv = new draft04.default({ strict: false, allErrors: true })
  addFormats.default(ajv)
  return ajv.compile(schema('sarif/sarif-schema-2.1.0.json'))
}

function ours(of: object): ValidateFunction {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true })
  addFormats.default(ajv)
  return ajv.compile(of)
}

const allOscal = oscal()

/** By format, that which a document of it has to fulfil. CSV has no schema. */
export const validators: Readonly<Record<Exclude<OpenFormat, 'caiq-csv'>, ValidateFunction>> = {
  'oscal-assessment-results': allOscal,
  'oscal-assessment-plan': allOscal,
  'oscal-component-definition': allOscal,
  cyclonedx: cycloneDx(),
  sarif: sarif(),
  caiq: ours(caiqJsonSchema()),
  asvs: ours(asvsJsonSchema()),
}

export const predicateValidator = ours(predicateJsonSchema())
