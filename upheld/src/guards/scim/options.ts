import { z } from 'zod'
import { isOwnAddress } from '../../core/web.ts'
import { refuse } from './errors.ts'

const optionForm = z.strictObject({
  /** Where this is served, such as `https://desk.example/scim/v2`: addresses of resources begin with it, whatever a request says. */
  baseUrl: z
    .url()
    .refine(isOwnAddress, 'https, or http on this machine')
    .regex(/\/scim\/v2$/, 'ends with /scim/v2'),
  bodyBytesMax: z.int().min(4_096).max(1_000_000).default(262_144),
  /** Of one page of a list. */
  pageMax: z.int().min(1).max(1_000).default(200),
  operationsMax: z.int().min(1).max(1_000).default(100),
  groupUsersMax: z.int().min(1).max(100_000).default(10_000),
  usersMax: z.int().min(1).max(1_000_000).default(100_000),
  groupsMax: z.int().min(1).max(100_000).default(2_000),
  requestsPerMinute: z.int().min(1).max(100_000).default(1_200),
  /** Of a new token. */
  tokenDaysMax: z.int().min(1).max(730).default(365),
  /** Roles that a group may give. */
  roles: z
    .array(z.string().min(1).max(100))
    .max(100)
    .refine(roles => !roles.includes('owner'), 'no group makes owners'),
})

export type ScimOptions = z.input<typeof optionForm>
export type Options = z.output<typeof optionForm>

/** @throws scim.bad_options with every problem at once */
export function parseOptions(given: ScimOptions): Options {
  const parsed = optionForm.safeParse(given)
  if (!parsed.success) throw refuse.bad_options({ detail: z.prettifyError(parsed.error).replaceAll('\n', ' ') })
  return parsed.data
}
