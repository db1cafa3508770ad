import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import type { UpheldError } from '../../core/errors.ts'
import { assert } from '../../core/errors.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Organization, Sealing, Tenancy } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import type { ActingMember } from './keys.ts'
import type { OpenedKey } from './open.ts'
import { registeredOrigin } from './origins.ts'
import { visitorKeys } from './visitor-keys.ts'
import { check, type VisitorRequest } from './visitor-check.ts'
import { writeToken, type VisitorBody } from './visitor-token.ts'

export interface Visitor {
  readonly let: 'in'
  /** Such as `known:4711` or `anonymous:<uuid>`: from the signed token alone. The owner of what a visitor owns. */
  readonly id: string
  readonly kind: 'anonymous' | 'known'
  readonly organizationId: OrganizationId
  /** The application's rows; whatever is changed through it was changed by this visitor. */
  readonly organization: Organization
  readonly scopes: readonly string[]
  /** Whether something of this owner is this visitor's; a value to refuse with when it is not. */
  owns(owner: string): UpheldError | undefined
}

export type VisitorAnswer = Visitor | { readonly let: 'out'; readonly refusal: UpheldError }

export interface VisitorToken {
  readonly token: string
  readonly expiresAt: Date
}

interface VisitorRules {
  readonly scopes: readonly string[]
  /** Those of them that somebody has whom nobody knows. */
  readonly anonymous: readonly string[]
  /** The permission that a key needs to say who a visitor is. */
  readonly assertScope: string
}

export interface VisitorPorts {
  /** Of the login of identity. */
  readonly tenancy: Pick<Tenancy, 'organization'>
  /** Of the application: what a visitor's request is handed. */
  readonly application: Pick<Tenancy, 'organization'>
  readonly sealing: Pick<Sealing, 'seal' | 'open'>
  readonly clock: Clock
}

const scopeNames = z.array(z.string().regex(/^[a-z][a-z0-9.-]{0,99}$/)).max(50)
const optionForm = z.strictObject({
  /** All that a visitor may ever do. */
  scopes: scopeNames.min(1),
  /** Those of them for somebody whom nobody knows. */
  anonymous: scopeNames,
  /** The permission that a key needs to say who a visitor is. */
  assertScope: z.string().min(1).max(100),
  /** From 1 to 30, 10 when it is not said. */
  lifeMins: z.int().min(1).max(30).default(10),
})
export type VisitorOptions = z.input<typeof optionForm>

export interface Visitors {
  /** What the application says of them. */
  readonly rules: VisitorRules
  /** Somebody whom nobody knows, on a registered page. There is no way to say who they are. @throws keys.origin_unknown */
  begin(organization: OrganizationId, origin: string | null): Promise<VisitorToken>
  /**
   * The customer's own server says who is signed in there, over a key with the scope for it: a name that means something
   * in that customer's system, no address. @throws keys.scope_missing, bad_request, origin_unknown
   */
  assert(key: OpenedKey, visitor: AssertedVisitor): Promise<VisitorToken>
  /** A new token for an anonymous visitor whose own is still good; at most 12 hours after the visit began. */
  renew(request: VisitorRequest): Promise<VisitorToken | { readonly refusal: UpheldError }>
  /** Every request. One statement. */
  verify(request: VisitorRequest, scope: string): Promise<VisitorAnswer>
  /** See VisitorKeys. A member does it: the log says who. */
  rotate(organization: OrganizationId, by: ActingMember, older: 'overlap' | 'at-once'): Promise<void>
}

const assertedForm = z.strictObject({
  visitor: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/, 'letters, digits, dots and dashes, at most 50'),
  origin: z.string(),
  scopes: scopeNames.min(1).optional(),
})
export type AssertedVisitor = z.input<typeof assertedForm>

const visitSecsMax = 12 * 3_600

export function visitors(ports: VisitorPorts, options: VisitorOptions): Visitors {
  const { scopes, anonymous, assertScope, lifeMins } = optionForm.parse(options)
  assert(
    anonymous.every(scope => scopes.includes(scope)),
    'what anonymous visitors may do, visitors may do',
  )
  const { tenancy, application, clock } = ports
  const keys = visitorKeys(ports, lifeMins * 60_000)
  const nowSecs = (): number => Math.floor(clock.now().getTime() / 1000)

  const sign = async (id: OrganizationId, who: Omit<VisitorBody, 'made' | 'ends'>): Promise<VisitorToken> => {
    const key = await keys.signing(id)
    const made = nowSecs()
    const ends = Math.min(made + lifeMins * 60, who.began + visitSecsMax)
    return Object.freeze({
      token: writeToken(id, key, { ...who, made, ends }),
      expiresAt: new Date(ends * 1000),
    })
  }

  const registered = (id: OrganizationId, origin: string | null) => registeredOrigin(tenancy, id, origin)
  const believed = (request: VisitorRequest) => check(ports, keys, request)
  return Object.freeze({
    rules: Object.freeze({ scopes, anonymous, assertScope }),
    async begin(id: OrganizationId, origin: string | null) {
      const page = await registered(id, origin)
      const visitor = randomUUID()
      return sign(id, { kind: 'anonymous', visitor, origin: page, scopes: anonymous, began: nowSecs() })
    },
    async assert(key: OpenedKey, asserted: AssertedVisitor) {
      if (!key.set.may(assertScope)) throw refuse.scope_missing()
      const read = assertedForm.safeParse(asserted)
      if (!read.success) throw refuse.bad_request({ detail: z.prettifyError(read.error).replaceAll('\n', ' ') })
      const wanted = read.data.scopes ?? scopes
      if (!wanted.every(scope => scopes.includes(scope))) throw refuse.scope_refused()
      const origin = await registered(key.organizationId, read.data.origin)
      const { visitor } = read.data
      return sign(key.organizationId, { kind: 'known', visitor, origin, scopes: wanted, began: nowSecs() })
    },
    async renew(request: VisitorRequest) {
      const found = await believed(request)
      if ('code' in found) return { refusal: found }
      const { kind, visitor, origin, began } = found.body
      // Who is known is said anew each time, by whoever knows it.
      if (kind === 'known' || nowSecs() >= began + visitSecsMax) return { refusal: refuse.visitor_expired() }
      return sign(found.id, { kind, visitor, origin, scopes: anonymous, began })
    },
    async verify(request: VisitorRequest, scope: string) {
      const found = await believed(request)
      if ('code' in found) return out(found)
      const { kind, scopes: signed } = found.body
      // Both what was signed and what visitors may do today.
      const held = signed.filter(one => (kind === 'known' ? scopes : anonymous).includes(one))
      if (!held.includes(scope)) return out(refuse.visitor_scope_missing())
      return visitorOf(application, found, held, request.request)
    },
    async rotate(id: OrganizationId, by: ActingMember, older: 'overlap' | 'at-once') {
      const actor = { type: 'member', id: by.memberId, purpose: 'visitor-keys' } as const
      const organization = tenancy
        .organization(id)
        .as(by.request === undefined ? actor : { ...actor, request: by.request })
      await keys.rotate(organization, older)
    },
  } satisfies Visitors)
}

function out(refusal: UpheldError): VisitorAnswer {
  return Object.freeze({ let: 'out', refusal })
}

function visitorOf(
  application: Pick<Tenancy, 'organization'>,
  { id: organizationId, body }: { readonly id: OrganizationId; readonly body: VisitorBody },
  scopes: readonly string[],
  request: string | undefined,
): Visitor {
  const id = `${body.kind}:${body.visitor}`
  const actor = { type: 'visitor', id, purpose: 'widget' } as const
  return Object.freeze({
    let: 'in',
    id,
    kind: body.kind,
    organizationId,
    organization: application.organization(organizationId).as(request === undefined ? actor : { ...actor, request }),
    scopes,
    owns: (owner: string) => (owner === id ? undefined : refuse.visitor_other()),
  } satisfies Visitor)
}
