import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Factors, Proven, Refused } from '../factors/index.ts'
import { claimOnce, peekOnce } from '../once/index.ts'
import { begin, ticketKind, type Arrived } from './arrive.ts'
import { refuse } from './errors.ts'
import { browserOf, networkOf } from './origin.ts'
import { enqueueMailTo } from './outbox.ts'
import type { From, Parts } from './parts.ts'
import { methods, type Method } from './port.ts'
import { counted, knownDevice, place, recordRefusal } from './sign-in.ts'

/** One of them. `passkey` is what the browser answered, as parsed JSON. */
export type SecondProof = { readonly totp: string } | { readonly recovery: string } | { readonly passkey: unknown }

export type PasskeyRequest = Awaited<ReturnType<Factors['passkeys']['begin']>>

interface OpenTicket {
  readonly personId: string
  readonly methods: readonly Method[]
  readonly epoch: number | undefined
  readonly organizationId: string | undefined
}

const subject = z.strictObject({
  methods: z.array(z.enum(methods)),
  browser: z.string(),
  epoch: z.number().optional(),
  organizationId: z.string().optional(),
})

/**
 * The second factor, for a ticket of `arrive`. A wrong one leaves the ticket as it is, within the budget of `takeover`; a
 * right one uses it up in the transaction in which the session begins.
 * @throws identity.ticket_over, wrong_code; takeover.slow_down
 */
export async function second(parts: Parts, ticket: string, proof: SecondProof, from: From): Promise<Arrived> {
  const open = await openTicket(parts, ticket, from)
  const binding = ticketBinding(ticket)
  // Whoever came by a link has proven the mailbox: a stranger who used up the account's budget does not keep them out.
  const proved = open.methods.includes('mail') ? 'mail' : undefined
  const known = (await knownDevice(parts, open.personId, from)) ?? proved
  const check = { personId: open.personId, purpose: 'second-factor', binding, known } as const
  const proven = await checkFactor(parts, check, proof, from)
  const claim = async (tx: Parameters<typeof claimOnce>[0]): Promise<void> => {
    if ((await claimOnce(tx, ticketKind, ticket, parts.clock.now())) === undefined) throw refuse.ticket_over()
  }
  return begin(parts, { ...open, methods: [...open.methods, proven.method], way: 'second' }, from, claim)
}

/** What the browser needs to ask a passkey for this ticket. @throws identity.ticket_over */
export async function beginSecondPasskey(parts: Parts, ticket: string, from: From): Promise<PasskeyRequest> {
  const { personId } = await openTicket(parts, ticket, from)
  return parts.factors.passkeys.begin({ purpose: 'second-factor', personId, binding: ticketBinding(ticket) })
}

async function openTicket({ database, clock }: Parts, ticket: string, from: From): Promise<OpenTicket> {
  const found = await peekOnce(database, ticketKind, ticket, clock.now())
  if (found === undefined) throw refuse.ticket_over()
  const { methods: proven, browser, epoch, organizationId } = subject.parse(found.subject)
  if (browser !== browserOf(from)) throw refuse.ticket_over({ detail: 'another browser' })
  return { personId: found.owner.slice('person:'.length), methods: proven, epoch, organizationId }
}

interface FactorCheck {
  readonly personId: string
  readonly purpose: 'second-factor' | 'step-up'
  readonly binding: string
  /** A device or a session that is this person's own: strangers cannot use its budget up. */
  readonly known: string | undefined
}

/** One factor, counted around its check. @throws identity.wrong_code, takeover.slow_down */
export async function checkFactor(
  parts: Parts,
  { personId, purpose, binding, known }: FactorCheck,
  proof: SecondProof,
  from: From,
): Promise<Proven> {
  const network = networkOf(from.address)
  const { factors } = parts
  const check = (): Promise<Proven | Refused> => {
    if ('totp' in proof) return factors.totp.check({ personId, code: proof.totp, network })
    if ('recovery' in proof) return factors.recovery.check({ personId, code: proof.recovery, network })
    return factors.passkeys.check({ purpose, personId, binding, response: proof.passkey, network })
  }
  const factor = 'passkey' in proof ? 'passkey' : 'code'
  const asked = await place(parts, { account: { person: personId }, factor, known }, from)
  const result = await counted(parts, asked, check, async ({ passed }) => (passed ? 'signed-in' : 'failed'))
  if (!result.passed) {
    await recordRefusal(parts, personId, from, factor)
    if (result.mail !== undefined)
      await enqueueMailTo(parts.database, personId, { kind: result.mail }, parts.clock.now())
    throw refuse.wrong_code()
  }
  if (result.method === 'recovery') {
    const detail = { left: String(result.left ?? 0), network }
    await enqueueMailTo(parts.database, personId, { kind: 'recovery-code-used', detail }, parts.clock.now())
  }
  return result
}

function ticketBinding(ticket: string): string {
  return createHash('sha256').update(`ticket\n${ticket}`).digest('base64url')
}
