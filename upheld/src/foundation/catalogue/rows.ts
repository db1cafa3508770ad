import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { grant } from './acl.ts'
import type { Section, SectionName } from './section.ts'

const text = z.string()
const flag = z.boolean()
const names = z.array(text)

function section<S extends z.ZodType>(name: SectionName, file: string, row: S): Section<S> {
  return Object.freeze({ name, text: readFileSync(new URL(`sql/${file}.sql`, import.meta.url), 'utf8'), row })
}

/** The statements, and the rows they answer with. `acl` is a list as text: the key to its entries in `grants`. */
export const sections = Object.freeze({
  tenantSchemas: section('schemas', 'tenant-schemas', z.object({ name: text })),
  schemas: section(
    'schemas',
    'schemas',
    z.object({ oid: text, name: text, label: text, owner: text, acl: text.nullable() }),
  ),
  relations: section(
    'relations',
    'relations',
    z.object({
      oid: text,
      schema: text,
      name: text,
      label: text,
      kind: z.enum(['r', 'p', 'v', 'm', 'f', 'S']),
      owner: text,
      acl: text.nullable(),
      rowSecurity: flag,
      rowSecurityForced: flag,
      parents: names.nullable(),
      partition: flag,
      rowsEstimate: z.number(),
      comment: text.nullable(),
      securityInvoker: flag,
      securityBarrier: flag,
      extension: text.nullable(),
    }),
  ),
  columns: section(
    'columns',
    'columns',
    z.object({
      relation: text,
      number: z.int(),
      name: text,
      type: text,
      base: text,
      required: flag,
      generated: flag,
      identity: flag,
      default: text.nullable(),
      acl: text.nullable(),
    }),
  ),
  indexes: section(
    'keys',
    'indexes',
    z.object({
      relation: text,
      name: text,
      method: text,
      numbers: text,
      keys: z.int(),
      unique: flag,
      primary: flag,
      exclusion: flag,
      partial: flag,
      valid: flag,
      nullsDistinct: flag,
      inherited: flag,
      definition: text.nullable(),
      constraint: text.nullable(),
    }),
  ),
  foreignKeys: section(
    'keys',
    'foreign-keys',
    z.object({
      relation: text,
      name: text,
      numbers: text,
      target: text,
      targetNumbers: text,
      onDelete: text,
      onUpdate: text,
      onDeleteNumbers: text,
      validated: flag,
    }),
  ),
  policies: section(
    'policies',
    'policies',
    z.object({
      relation: text,
      name: text,
      command: z.enum(['*', 'r', 'a', 'w', 'd']),
      permissive: flag,
      roles: names,
      using: text.nullable(),
      check: text.nullable(),
      routines: names,
      reads: names,
    }),
  ),
  views: section(
    'views',
    'views',
    z.object({ relation: text, rule: text.nullable(), definition: text.nullable(), reads: names, calls: names }),
  ),
  triggers: section(
    'triggers',
    'triggers',
    z.object({ relation: text, name: text, routine: text, enabled: flag, always: flag, definition: text }),
  ),
  eventTriggers: section(
    'triggers',
    'event-triggers',
    z.object({ name: text, event: text, tags: z.array(text), enabled: flag, routine: text }),
  ),
  grants: section('grants', 'grants', grant.extend({ kind: text, owner: text, acl: text.nullable() })),
})

/** What one section answers with, row by row. */
export type RowsOf<K extends keyof typeof sections> = readonly z.output<(typeof sections)[K]['row']>[]
