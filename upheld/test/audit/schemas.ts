import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Checks exported events against the facts of the published schemas, see vectors/siem/README.md. */

const folder = new URL('../../../vectors/siem/', import.meta.url)

const attribute = z.strictObject({
  type: z.string(),
  need: z.enum(['required', 'recommended', 'optional']),
  array: z.literal(true).optional(),
  deprecated: z.literal(true).optional(),
  enum: z.record(z.string(), z.string()).optional(),
})
const shape = z.object({
  class_uid: z.number().optional(),
  attributes: z.record(z.string(), attribute),
  constraints: z.object({ at_least_one: z.array(z.string()).optional() }),
})
type Shape = z.infer<typeof shape>
const ocsfForm = z.object({
  classes: z.record(z.string(), shape),
  objects: z.record(z.string(), shape),
  types: z.record(z.string(), z.object({ type: z.string().optional(), regex: z.string().optional() })),
})
const ecsForm = z.object({
  fields: z.record(
    z.string(),
    z.object({
      type: z.string(),
      array: z.literal(true).optional(),
      values: z.record(z.string(), z.array(z.string())).optional(),
    }),
  ),
})

/** Whether the files are the ones that their README names. */
export function digestsHold(): boolean {
  const readme = readFileSync(new URL('README.md', folder), 'utf8')
  return ['ocsf.json', 'ecs.json'].every(name => {
    const digest = createHash('sha256')
      .update(readFileSync(new URL(name, folder)))
      .digest('hex')
    return readme.includes(`| \`${name}\``) && readme.includes(digest)
  })
}

const ocsf = ocsfForm.parse(JSON.parse(readFileSync(new URL('ocsf.json', folder), 'utf8')))
const ecs = ecsForm.parse(JSON.parse(readFileSync(new URL('ecs.json', folder), 'utf8')))
const record = z.record(z.string(), z.unknown())

/** Everything that is wrong with an event of OCSF; empty when it is as the schema says. */
export function ocsfFaults(event: unknown): string[] {
  const read = record.parse(event)
  const found = Object.values(ocsf.classes).find(one => one.class_uid === read['class_uid'])
  if (found === undefined) return ['class_uid: not one of the classes']
  const sum = Number(read['class_uid']) * 100 + Number(read['activity_id'])
  return [
    ...objectFaults(read, found, 'event'),
    ...(read['type_uid'] === sum ? [] : ['type_uid: is not class_uid * 100 + activity_id']),
    ...(read['category_uid'] === Math.floor(Number(read['class_uid']) / 1000) ? [] : ['category_uid: another one']),
  ]
}

function objectFaults(value: Readonly<Record<string, unknown>>, of: Shape, at: string): string[] {
  const missing = Object.entries(of.attributes).filter(([name, { need }]) => need === 'required' && !(name in value))
  const one = of.constraints.at_least_one
  return [
    ...missing.map(([name]) => `${at}.${name}: is required`),
    ...(one === undefined || one.some(name => name in value) ? [] : [`${at}: needs one of ${one.join(', ')}`]),
    ...Object.entries(value).flatMap(([name, item]) => {
      const known = of.attributes[name]
      if (known === undefined) return [`${at}.${name}: no such attribute`]
      if (known.deprecated === true) return [`${at}.${name}: deprecated`]
      if (known.array !== true) return valueFaults(item, known, `${at}.${name}`)
      if (!Array.isArray(item)) return [`${at}.${name}: is no array`]
      return item.flatMap((each: unknown) => valueFaults(each, known, `${at}.${name}[]`))
    }),
  ]
}

function valueFaults(value: unknown, { type, enum: allowed }: z.infer<typeof attribute>, at: string): string[] {
  const object = ocsf.objects[type]
  if (object !== undefined) {
    const read = record.safeParse(value)
    return read.success ? objectFaults(read.data, object, at) : [`${at}: is no object`]
  }
  if (type === 'object') return record.safeParse(value).success ? [] : [`${at}: is no object`]
  const basic = ocsf.types[type]
  if (basic === undefined) return [`${at}: an object that is not in the vectors`]
  const base = basic.type ?? type
  const fits =
    base === 'string_t' ? typeof value === 'string' : /^(integer|long)_t$/.test(base) && Number.isSafeInteger(value)
  if (!fits) return [`${at}: is no ${base}`]
  if (allowed === undefined || /\.(class|category)_uid$/.test(at)) return []
  return String(value) in allowed ? [] : [`${at}: ${String(value)} is not allowed`]
}

/** Everything that is wrong with a document of ECS. */
export function ecsFaults(document: unknown): string[] {
  const flat = flatten(record.parse(document), '')
  const types = z.array(z.string()).parse(flat.get('event.type'))
  const expected = z
    .array(z.string())
    .parse(flat.get('event.category'))
    .flatMap(category => ecs.fields['event.category']?.values?.[category] ?? [])
  return [
    ...['@timestamp', 'ecs.version', 'event.kind'].filter(name => !flat.has(name)).map(name => `${name}: is required`),
    ...types.filter(type => !expected.includes(type)).map(type => `event.type: ${type} is not of the category`),
    ...[...flat].flatMap(([name, value]) => fieldFaults(name, value)),
  ]
}

function fieldFaults(name: string, value: unknown): string[] {
  const field = ecs.fields[name]
  if (field === undefined) return [`${name}: no such field`]
  if ((field.array === true) !== Array.isArray(value)) return [`${name}: an array or none, and not so`]
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  return items.flatMap(item => {
    if (field.type === 'object')
      return z.record(z.string(), z.string()).safeParse(item).success ? [] : [`${name}: words only`]
    if (field.type === 'long') return Number.isSafeInteger(item) ? [] : [`${name}: is no whole number`]
    if (typeof item !== 'string') return [`${name}: is no text`]
    if (field.type === 'date' && Number.isNaN(Date.parse(item))) return [`${name}: is no date`]
    return field.values === undefined || item in field.values ? [] : [`${name}: ${item} is not allowed`]
  })
}

function flatten(value: Readonly<Record<string, unknown>>, prefix: string): Map<string, unknown> {
  const flat = new Map<string, unknown>()
  for (const [name, item] of Object.entries(value)) {
    const inner = record.safeParse(item)
    if (inner.success && !(`${prefix}${name}` in ecs.fields)) {
      for (const pair of flatten(inner.data, `${prefix}${name}.`)) flat.set(...pair)
    } else flat.set(`${prefix}${name}`, item)
  }
  return flat
}
