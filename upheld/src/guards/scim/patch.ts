import { z } from 'zod'
import { refuse } from './errors.ts'
import { matches, parseFilter, type Filter } from './filter.ts'
import { attributeNamed, isObject, known, type Attribute, type Values } from './shape.ts'

/** One operation of RFC 7644, section 3.5.2. */
export interface Operation {
  readonly op: 'add' | 'remove' | 'replace'
  readonly path: Path | undefined
  readonly value: unknown
}

/** `emails[type eq "work"].value`: an attribute, which of its values, and which part of them. */
interface Path {
  readonly attribute: string
  readonly filter: Filter | undefined
  readonly part: string | undefined
}

const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
const messageForm = z.object({
  schemas: z.array(z.string().max(200)).max(10),
  Operations: z
    .array(z.object({ op: z.string().max(20), path: z.string().max(1_000).optional(), value: z.unknown().optional() }))
    .min(1),
})
const opForm = z.enum(['add', 'remove', 'replace'])
const coreSchema = /^urn:ietf:params:scim:schemas:core:2\.0:(user|group):/i
const pathForm = /^([A-Za-z][\w$-]{0,60})(?:\[(.{1,900})\])?(?:\.([A-Za-z][\w$-]{0,60}))?$/

/** @throws scim.bad_syntax, scim.bad_path, scim.bad_filter */
export function readPatch(given: unknown, operationsMax: number): Operation[] {
  const parsed = messageForm.safeParse(lowered(given))
  if (!parsed.success || !parsed.data.schemas.includes(patchSchema))
    throw refuse.bad_syntax({ detail: 'this is no PatchOp' })
  const { Operations: operations } = parsed.data
  if (operations.length > operationsMax) throw refuse.bad_syntax({ detail: `more than ${operationsMax} operations` })
  return operations.flatMap(({ op: name, path, value }): Operation[] => {
    const op = opForm.safeParse(name.toLowerCase())
    if (!op.success) throw refuse.bad_syntax({ detail: 'an operation adds, removes or replaces' })
    if (op.data !== 'remove' && value === undefined) throw refuse.bad_value({ detail: 'a value is missing' })
    if (path === undefined) return [{ op: op.data, path: undefined, value }]
    const read = readPath(path)
    return read === undefined ? [] : [{ op: op.data, path: read, value }]
  })
}

/** The names of the message itself, in the spelling of the standard. */
function lowered(given: unknown): unknown {
  if (!isObject(given)) return given
  const named = (object: Values, names: readonly string[]): Values =>
    Object.fromEntries(
      Object.entries(object).map(([key, value]) => [
        names.find(name => name.toLowerCase() === key.toLowerCase()) ?? key,
        value,
      ]),
    )
  const message = named(given, ['schemas', 'Operations'])
  const operations: unknown = message['Operations']
  if (!Array.isArray(operations)) return message
  return {
    ...message,
    Operations: operations.map((one: unknown) => (isObject(one) ? named(one, ['op', 'path', 'value']) : one)),
  }
}

/** Undefined for an attribute of another schema: it is not known here, and nothing comes of it. */
function readPath(path: string): Path | undefined {
  const short = path.replace(coreSchema, '')
  if (/^urn:/i.test(short)) return undefined
  const [, attribute, filter, part] = pathForm.exec(short) ?? []
  if (attribute === undefined) throw refuse.bad_path()
  return { attribute, filter: filter === undefined ? undefined : parseFilter(filter), part }
}

/** The values of a resource after one operation. They are checked as a whole afterwards. */
export function applied(values: Values, { op, path, value }: Operation, attributes: readonly Attribute[]): Values {
  if (path === undefined) return withoutPath(values, op, value, attributes)
  const attribute = attributeNamed(path.attribute, attributes)
  if (attribute === undefined) return values
  if (attribute.mutability === 'readOnly') throw refuse.immutable()
  const { name } = attribute
  if (attribute.multiValued === true)
    return withOr(values, name, itemsAfter(asItems(values[name]), { op, path, value }, attribute))
  if (path.filter !== undefined) throw refuse.bad_path()
  if (path.part === undefined) {
    if (op === 'remove') return withOr(values, name, undefined)
    const before = values[name]
    const read = known({ [name]: value }, attributes)[name]
    return withOr(values, name, op === 'add' && isObject(before) && isObject(read) ? { ...before, ...read } : read)
  }
  const part = attributeNamed(path.part, attribute.subAttributes ?? [])
  if (part === undefined) return values
  const before = values[name]
  return withOr(values, name, withOr(isObject(before) ? before : {}, part.name, op === 'remove' ? undefined : value))
}

/** Many attributes at once, each as if it had a path of its own; such a name may also be a path (`name.familyName`). */
function withoutPath(values: Values, op: Operation['op'], value: unknown, attributes: readonly Attribute[]): Values {
  if (op === 'remove') throw refuse.no_target()
  if (!isObject(value)) throw refuse.bad_value({ detail: 'attributes are expected' })
  let after = values
  for (const [key, item] of Object.entries(value)) {
    const path = readPath(key)
    if (path === undefined || path.attribute === 'schemas') continue
    after = applied(after, { op, path, value: item }, attributes)
  }
  return after
}

function itemsAfter(
  items: readonly Values[],
  { op, path, value }: Operation & { readonly path: Path },
  attribute: Attribute,
): Values[] | undefined {
  const { filter } = path
  const given = (): Values[] => asItems(known({ [attribute.name]: value }, [attribute])[attribute.name])
  if (filter === undefined && path.part === undefined) {
    if (op === 'remove') return undefined
    return op === 'add' ? merged(items, given()) : given()
  }
  const part = path.part === undefined ? undefined : attributeNamed(path.part, attribute.subAttributes ?? [])
  if (path.part !== undefined && part === undefined) return [...items]
  const meant = (item: Values): boolean => filter === undefined || matches(filter, item)
  if (!items.some(meant)) {
    // A directory that adds to what is not there yet means a new one of that kind.
    if (op !== 'add' || filter?.kind !== 'compare' || filter.operator !== 'eq' || part === undefined)
      throw refuse.no_target()
    return [...items, known({ [filter.attribute]: filter.value, [part.name]: value }, attribute.subAttributes ?? [])]
  }
  if (op === 'remove' && part === undefined) return items.filter(item => !meant(item))
  const [whole] = part === undefined ? given() : []
  return items.map(item => {
    if (!meant(item)) return item
    return part === undefined ? { ...item, ...whole } : withOr(item, part.name, op === 'remove' ? undefined : value)
  })
}

/** What is there already is not added again; a new primary one takes the place of the old. */
function merged(items: readonly Values[], added: readonly Values[]): Values[] {
  const there = new Set(items.map(spelled))
  return [...items, ...added.filter(one => !there.has(spelled(one)))]
}

/** One text for one value, whatever the order of its parts. */
function spelled(item: Values): string {
  return JSON.stringify(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function asItems(given: unknown): Values[] {
  const items: unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given]
  return items.map(asItem)
}

function withOr(values: Values, name: string, value: unknown): Values {
  const others: Values = Object.fromEntries(Object.entries(values).filter(([key]) => key !== name))
  return value === undefined || value === null ? others : { ...others, [name]: value }
}

function asItem(given: unknown): Values {
  if (!isObject(given)) throw refuse.bad_value({ detail: 'a list of objects is expected' })
  return given
}
