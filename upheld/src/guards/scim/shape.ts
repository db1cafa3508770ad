import { refuse } from './errors.ts'

/** One attribute of a resource (RFC 7643, section 7), as it is published and as it is read. */
export interface Attribute {
  readonly name: string
  readonly type: 'string' | 'boolean' | 'complex' | 'reference' | 'dateTime'
  readonly description: string
  readonly multiValued?: boolean
  readonly required?: boolean
  readonly caseExact?: boolean
  readonly mutability?: 'readWrite' | 'readOnly' | 'immutable'
  readonly uniqueness?: 'none' | 'server'
  readonly subAttributes?: readonly Attribute[]
}

export type Values = Readonly<Record<string, unknown>>

export function isObject(given: unknown): given is Values {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

/**
 * The attributes that are known, under the names that they have here: names are compared without the case of letters. What
 * is not known is left out, and so can give nobody anything (RFC 7644, section 3.3); what is read only is left out as well.
 * @throws scim.bad_syntax when one comes twice, in two spellings
 */
export function known(given: Values, attributes: readonly Attribute[]): Record<string, unknown> {
  const found = new Map<string, unknown>()
  for (const [key, value] of Object.entries(given)) {
    const attribute = attributeNamed(key, attributes)
    if (attribute === undefined || attribute.mutability === 'readOnly') continue
    if (found.has(attribute.name)) throw refuse.bad_syntax({ detail: 'an attribute comes twice' })
    // Nothing, and a list of nothing, are the same as its absence (RFC 7643, section 2.5).
    if (value !== null) found.set(attribute.name, deepened(value, attribute))
  }
  return Object.fromEntries(found)
}

export function attributeNamed(name: string, attributes: readonly Attribute[]): Attribute | undefined {
  const lower = name.toLowerCase()
  return attributes.find(attribute => attribute.name.toLowerCase() === lower)
}

const itemsMax = 20

function deepened(value: unknown, { subAttributes, multiValued }: Attribute): unknown {
  if (multiValued === true) {
    const items: unknown[] = Array.isArray(value) ? value : [value]
    if (items.length > itemsMax) throw refuse.bad_value({ detail: `more than ${itemsMax} values` })
    return items.map(item => (subAttributes !== undefined && isObject(item) ? known(item, subAttributes) : item))
  }
  return subAttributes !== undefined && isObject(value) ? known(value, subAttributes) : value
}

/** Truth as directories write it: some send `"False"`, which is no truth. Everything else stays what it is. */
export function truth(given: unknown): unknown {
  if (typeof given !== 'string') return given
  const word = given.toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : given
}
