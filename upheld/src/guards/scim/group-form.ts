import { z } from 'zod'
import { refuse } from './errors.ts'
import { isObject, known, type Attribute } from './shape.ts'

export const groupAttributes: readonly Attribute[] = [
  { name: 'displayName', type: 'string', description: 'The name of the group.', required: true, uniqueness: 'server' },
  { name: 'externalId', type: 'string', description: 'The identifier that the directory uses.', caseExact: true },
  {
    name: 'id',
    type: 'string',
    description: 'The identifier that is used here.',
    caseExact: true,
    mutability: 'readOnly',
    uniqueness: 'server',
  },
  { name: 'meta', type: 'complex', description: 'When it was made and changed.', mutability: 'readOnly' },
  {
    name: 'schemas',
    type: 'reference',
    description: 'What the resource is.',
    mutability: 'readOnly',
    multiValued: true,
  },
  {
    name: 'members',
    type: 'complex',
    description: 'The users of the group. Groups are no members of groups here.',
    multiValued: true,
    subAttributes: [
      { name: 'value', type: 'string', description: 'The identifier of a user.', mutability: 'immutable' },
      { name: 'display', type: 'string', description: 'The name of the user.', mutability: 'readOnly' },
      { name: 'type', type: 'string', description: 'User.', mutability: 'immutable' },
    ],
  },
]

const word = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u)

const valuesForm = z.object({ displayName: word(200), externalId: word(255).optional() })
const memberForm = z.object({ value: z.string().max(100), type: z.string().max(20).optional() })

interface GroupValues {
  readonly displayName: string
  readonly externalId: string | undefined
  /** Identifiers of users, as they came; undefined when none were named. */
  readonly members: readonly string[] | undefined
}

/** @throws scim.bad_value, scim.bad_syntax */
export function readGroup(given: unknown, membersMax: number): GroupValues {
  if (!isObject(given)) throw refuse.bad_syntax({ detail: 'an object is expected' })
  const named = groupAttributes.filter(({ name }) => name !== 'members')
  const parsed = valuesForm.safeParse(known(given, named))
  if (!parsed.success)
    throw refuse.bad_value({ detail: z.prettifyError(parsed.error).replaceAll('\n', ' ').slice(0, 300) })
  const key = Object.keys(given).find(name => name.toLowerCase() === 'members')
  const { displayName, externalId } = parsed.data
  const members = key === undefined || given[key] === null ? undefined : readMembers(given[key], membersMax)
  return { displayName, externalId, members }
}

/** Identifiers of users, each once. Whether there are such users is for the database to say. @throws scim.bad_value */
export function readMembers(given: unknown, membersMax: number): string[] {
  const items: unknown[] = Array.isArray(given) ? given : [given]
  if (items.length > membersMax) throw refuse.bad_value({ detail: `more than ${membersMax} members` })
  const ids = items.map(item => {
    const parsed = memberForm.safeParse(isObject(item) ? lowered(item) : { value: item })
    if (!parsed.success) throw refuse.bad_value({ detail: 'a member is { value }' })
    if ((parsed.data.type ?? 'User').toLowerCase() !== 'user') throw refuse.bad_value({ detail: 'a member is a User' })
    return parsed.data.value
  })
  return [...new Set(ids)]
}

function lowered(item: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [key.toLowerCase(), value]))
}
