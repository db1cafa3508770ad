import { createHash, randomBytes } from 'node:crypto'
import { begin, type Arrived } from './arrive.ts'
import { refuse } from './errors.ts'
import { networkOf } from './origin.ts'
import { enqueueMailTo } from './outbox.ts'
import type { From, Parts } from './parts.ts'
import { pacedForAll } from './pace.ts'
import type { PasskeyRequest } from './second.ts'
import { counted, place } from './sign-in.ts'

/** A sign-in that begins with a passkey: nobody is named, so nothing can be learned of anybody. */
export interface PasskeySignIn {
  readonly request: PasskeyRequest
  /** To be kept by the browser, as a cookie, and given back with the answer: 43 characters. */
  readonly flow: string
}

const flowForm = /^[A-Za-z0-9_-]{43}$/

/** @throws takeover.slow_down */
export async function beginPasskey(parts: Parts, from?: From): Promise<PasskeySignIn> {
  const flow = randomBytes(32).toString('base64url')
  const request = await pacedForAll(parts, 'passkey', from, () =>
    parts.factors.passkeys.begin({ purpose: 'sign-in', binding: flowBinding(flow) }),
  )
  return Object.freeze({ request, flow })
}

/**
 * A passkey alone: it verified its user, so it is two factors in one.
 * @throws identity.wrong_code, wrong_credentials; takeover.slow_down
 */
export async function signInWithPasskey(
  parts: Parts,
  { flow, response }: { readonly flow: string; readonly response: unknown },
  from: From,
): Promise<Arrived> {
  if (!flowForm.test(flow)) throw refuse.wrong_code()
  const network = networkOf(from.address)
  // Whose it is, the answer says: until then addresses are counted, and no account.
  const asked = await place(parts, { account: { unknown: 'passkey' }, factor: 'passkey', known: undefined }, from)
  const check = () =>
    parts.factors.passkeys.check({ purpose: 'sign-in', binding: flowBinding(flow), response, network })
  const result = await counted(parts, asked, check, async ({ passed, personId }) =>
    passed ? { outcome: 'signed-in', person: personId } : 'failed',
  )
  if (!result.passed) {
    if (result.mail !== undefined && result.personId !== undefined)
      await enqueueMailTo(parts.database, result.personId, { kind: result.mail }, parts.clock.now())
    throw refuse.wrong_code()
  }
  return begin(parts, { personId: result.personId, methods: ['passkey'], way: 'passkey' }, from, async tx => {
    // Held until the session is there: whoever removes the passkey meanwhile ends the session after it.
    const { rows } = await tx.query(
      `select id from upheld_identity.passkey where id = $1 and suspect_at is null for share`,
      [result.factorId],
    )
    if (rows.length === 0) throw refuse.wrong_code()
  })
}

function flowBinding(flow: string): string {
  return createHash('sha256').update(`flow\n${flow}`).digest('base64url')
}
