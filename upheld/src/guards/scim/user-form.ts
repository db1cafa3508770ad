import { z } from 'zod'
import { normalizeEmail } from '../identity/index.ts'
import { refuse } from './errors.ts'
import { isObject, known, truth, type Attribute } from './shape.ts'

const text = (name: string, description: string): Attribute => ({ name, type: 'string', description })
const kindOf = text('type', 'Such as work or home.')
const primary: Attribute = { name: 'primary', type: 'boolean', description: 'Whether it is the one to use.' }

/** What is kept of a user. Passwords, roles and entitlements are not here, so nobody gets any by sending them. */
export const userAttributes: readonly Attribute[] = [
  { ...text('userName', 'How the directory calls the user.'), required: true, uniqueness: 'server' },
  { ...text('externalId', 'The identifier that the directory uses.'), caseExact: true },
  { ...text('id', 'The identifier that is used here.'), caseExact: true, mutability: 'readOnly', uniqueness: 'server' },
  { name: 'meta', type: 'complex', description: 'When it was made and changed.', mutability: 'readOnly' },
  {
    name: 'schemas',
    type: 'reference',
    description: 'What the resource is.',
    mutability: 'readOnly',
    multiValued: true,
  },
  {
    name: 'name',
    type: 'complex',
    description: 'The name of the user, in parts.',
    subAttributes: [
      text('formatted', 'The whole name.'),
      text('familyName', 'The family name.'),
      text('givenName', 'The given name.'),
      text('middleName', 'The names in between.'),
      text('honorificPrefix', 'What stands before the name.'),
      text('honorificSuffix', 'What stands behind the name.'),
    ],
  },
  text('displayName', 'The name that is shown.'),
  text('nickName', 'The name that friends use.'),
  text('title', 'Such as Vice President.'),
  text('userType', 'Such as Employee.'),
  text('preferredLanguage', 'As in Accept-Language.'),
  text('locale', 'Such as en-US.'),
  text('timezone', 'Such as Europe/Berlin.'),
  { name: 'active', type: 'boolean', description: 'Whether the user is let in.' },
  {
    name: 'emails',
    type: 'complex',
    description: 'Mail addresses. The primary one, or else the first, is the one of the member.',
    multiValued: true,
    subAttributes: [text('value', 'The address.'), text('display', 'As it is shown.'), kindOf, primary],
  },
  {
    name: 'groups',
    type: 'complex',
    description: 'The groups of the user; changed at the group.',
    multiValued: true,
    mutability: 'readOnly',
    subAttributes: [text('value', 'The identifier of the group.'), text('display', 'Its name.')],
  },
]

const word = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u)
const optional = word(300).optional()
const emailForm = z.object({
  value: word(254),
  display: optional,
  type: word(40).optional(),
  primary: z.preprocess(truth, z.boolean().optional()),
})

const valuesForm = z.object({
  userName: word(254),
  externalId: word(255).optional(),
  name: z
    .object({
      formatted: optional,
      familyName: optional,
      givenName: optional,
      middleName: optional,
      honorificPrefix: optional,
      honorificSuffix: optional,
    })
    .optional(),
  displayName: optional,
  nickName: optional,
  title: optional,
  userType: word(100).optional(),
  preferredLanguage: word(100).optional(),
  locale: word(40).optional(),
  timezone: word(60).optional(),
  active: z.preprocess(truth, z.boolean().optional()),
  emails: z.array(emailForm).max(20).optional(),
})

/** A user as a directory describes one. */
export type UserValues = z.output<typeof valuesForm>

/** @throws scim.bad_value, scim.bad_syntax */
export function readUser(given: unknown): UserValues {
  if (!isObject(given)) throw refuse.bad_syntax({ detail: 'an object is expected' })
  const parsed = valuesForm.safeParse(known(given, userAttributes))
  if (!parsed.success)
    throw refuse.bad_value({ detail: z.prettifyError(parsed.error).replaceAll('\n', ' ').slice(0, 300) })
  const { emails, ...values } = parsed.data
  return { ...values, ...(emails === undefined || emails.length === 0 ? {} : { emails: onePrimary(emails) }) }
}

/** Of several that are called primary, the one that came last (RFC 7644, section 3.5.2). */
function onePrimary(emails: NonNullable<UserValues['emails']>): NonNullable<UserValues['emails']> {
  const last = emails.findLastIndex(email => email.primary === true)
  return emails.map((email, n) => (email.primary === true && n !== last ? { ...email, primary: false } : email))
}

/** The address by which the member is found: the primary one, the first, or a userName that is one. */
export function emailOf({ userName, emails = [] }: UserValues): string | undefined {
  const given = (emails.find(email => email.primary === true) ?? emails[0])?.value ?? userName
  try {
    return normalizeEmail(given)
  } catch {
    return undefined
  }
}
