import { z } from 'zod'
import { recordSupportEvent } from '../../foundation/audit/index.ts'
import type { Organization, Statements, TransactionStatements } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import type { Present, SupportPorts } from './ports.ts'
import { assertStaff } from './staff.ts'

/** As it can be stored, hashed and mailed: in NFC, without what breaks or turns a line; a reason may have several lines. */
const words = (min: number, max: number, form: RegExp) =>
  z
    .string()
    .max(max)
    .trim()
    .regex(form, 'no control characters')
    .transform(text => text.normalize('NFC'))
    .refine(text => text.length >= min && text.length <= max, `from ${min} to ${max} characters`)

const askedForm = z.strictObject({
  caseId: words(1, 100, /^[^\p{C}\p{Zl}\p{Zp}]*$/u),
  reason: words(10, 1000, /^(?:\n|[^\p{Cc}\p{Cs}])*$/u),
  permissions: z.array(z.string().max(100)).min(1).max(50),
  writes: z.boolean().default(false),
  minutes: z.number().int().min(1).max(120).default(30),
})
export type Asked = z.input<typeof askedForm>

const requestRow = z.object({
  id: z.uuid(),
  kind: z.enum(['consent', 'break-glass']),
  case_id: z.string(),
  reason: z.string(),
  permissions: z.array(z.string()),
  writes: z.boolean(),
  minutes: z.int(),
  staff_id: z.uuid(),
  requested_at: z.date(),
  lapses_at: z.date(),
  peer_id: z.uuid().nullable(),
  decided_by: z.uuid().nullable(),
  decided_at: z.date().nullable(),
  decision: z.enum(['approved', 'declined']).nullable(),
  grant_id: z.uuid().nullable(),
  ends_at: z.date().nullable(),
  ended_at: z.date().nullable(),
  report: z.unknown(),
  review_due_at: z.date().nullable(),
  reviewed_by: z.uuid().nullable(),
  reviewed_at: z.date().nullable(),
})
export type SupportRequest = z.infer<typeof requestRow>

/** A request that nobody answers in this time is over. An emergency is answered at once, or is none. */
const lapseMs = { consent: 12 * 3_600_000, 'break-glass': 15 * 60_000 } as const
export const reviewMs = 72 * 3_600_000

/** Staff asks: nothing is open yet. @throws support.bad_request, forbidden_scope, never, and what assertStaff throws */
export async function askForSupport(
  ports: SupportPorts,
  present: Present,
  organizationId: string,
  given: Asked,
): Promise<SupportRequest> {
  const organization = operatorIn(ports, organizationId, present.personId)
  const asked = parseAsked(ports, given)
  return organization.transaction(async tx => {
    await assertStaff(tx, ports.clock, present)
    if ((await ruleOf(tx)) === 'never') throw refuse.never()
    return addRequest(ports, tx, { organizationId: organization.id, staffId: present.personId, kind: 'consent' }, asked)
  })
}

/** As the person of the operator, who is nobody in this organization: what is written stands in its log under that name. */
export function operatorIn(
  ports: Pick<SupportPorts, 'tenancy'>,
  organizationId: string,
  staffId: string,
): Organization {
  return ports.tenancy.organization(organizationId).as({ type: 'operator', id: staffId, purpose: 'support' })
}

type ParsedAsked = z.output<typeof askedForm>

/** @throws support.bad_request, forbidden_scope */
export function parseAsked({ grantable }: Pick<SupportPorts, 'grantable'>, given: Asked): ParsedAsked {
  const parsed = askedForm.safeParse(given)
  if (!parsed.success) throw refuse.bad_request({ detail: z.prettifyError(parsed.error).replaceAll('\n', ' ') })
  const closed = parsed.data.permissions.filter(one => !grantable.has(one))
  if (closed.length > 0) throw refuse.forbidden_scope({ detail: closed.slice(0, 5).join(', ').slice(0, 200) })
  return parsed.data
}

interface Asking {
  readonly organizationId: string
  readonly staffId: string
  readonly kind: SupportRequest['kind']
}

export async function addRequest(
  { clock }: Pick<SupportPorts, 'clock'>,
  tx: TransactionStatements,
  { organizationId, staffId, kind }: Asking,
  { caseId, reason, permissions, writes, minutes }: ParsedAsked,
): Promise<SupportRequest> {
  const now = clock.now()
  const rows = await tx.query(
    `insert into upheld_access.support_request
       (organization_id, kind, case_id, reason, permissions, writes, minutes, staff_id, requested_at, lapses_at, review_due_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning *`,
    [
      organizationId,
      kind,
      caseId,
      reason,
      permissions,
      writes,
      minutes,
      staffId,
      now,
      new Date(now.getTime() + lapseMs[kind]),
      kind === 'break-glass' ? new Date(now.getTime() + reviewMs) : null,
    ],
  )
  const [request] = z.array(requestRow).parse(rows)
  if (request === undefined) throw refuse.bad_request()
  await recordSupportEvent(tx, {
    action: 'support.requested',
    targets: [{ type: 'support-request', id: request.id }],
    detail: { case: caseId, kind, writes, minutes, permissions },
  })
  return request
}

/** Newest first, at most 200: what an organization sees of everything that was ever asked and done. */
export async function listSupport(organization: Organization): Promise<readonly SupportRequest[]> {
  return z
    .array(requestRow)
    .parse(await organization.sql`select * from upheld_access.support_request order by requested_at desc, id limit 200`)
}

/** @throws support.absent */
export async function readRequest(
  organization: Pick<Statements, 'query'>,
  id: string,
  lock: '' | 'for update' = '',
): Promise<SupportRequest> {
  if (!z.uuid().safeParse(id).success) throw refuse.absent()
  const rows = await organization.query(`select * from upheld_access.support_request where id = $1 ${lock}`, [id])
  const [request] = z.array(requestRow).parse(rows)
  if (request === undefined) throw refuse.absent()
  return request
}

/** Those of these that there are. */
export async function readRequests(
  organization: Pick<Statements, 'query'>,
  ids: readonly string[],
): Promise<readonly SupportRequest[]> {
  const rows = await organization.query('select * from upheld_access.support_request where id = any ($1::uuid[])', [
    ids,
  ])
  return z.array(requestRow).parse(rows)
}

/** What the organization decided beforehand. Held until the end of the transaction: whoever changes it meanwhile waits. */
export async function ruleOf(tx: Pick<Statements, 'sql'>): Promise<'ask' | 'allow' | 'never'> {
  const [row] = await tx.sql<{ support: string }>`select support from upheld_access.account for share`
  return z.enum(['ask', 'allow', 'never']).parse(row?.support ?? 'never')
}
