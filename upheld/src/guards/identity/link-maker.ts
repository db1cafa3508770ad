import type { Clock } from '../../core/clock.ts'
import type { Queryable } from '../../core/ports.ts'
import { issueOnce } from '../once/index.ts'
import { invitationToken, linkSecs, type LinkKind } from './links.ts'
import type { LinkOptions } from './options.ts'

/** What a link is for. */
interface LinkFor {
  readonly kind: LinkKind
  /** Such as `person:<id>`. */
  readonly owner: string
  readonly for: string
  readonly session?: string
  /** For invitations: where its secret is looked for. */
  readonly organizationId?: string
}

export type MakeLink = (what: LinkFor) => Promise<string>

const pathOf = {
  'sign-up': 'signUp',
  reset: 'reset',
  'email-prove': 'email',
  'email-undo': 'undo',
  invitation: 'invitation',
} as const

/** Links of one mail: each with a new secret, at the configured origin and nowhere else. */
export function linkMaker(
  { database, clock, links }: { readonly database: Queryable; readonly clock: Clock; readonly links: LinkOptions },
  askedAt: Date,
): MakeLink {
  return async what => {
    const subject = {
      for: what.for,
      asked: askedAt.toISOString(),
      ...(what.session === undefined ? {} : { session: what.session }),
    }
    const once = { kind: what.kind, owner: what.owner, subject, lifeSecs: linkSecs[what.kind] }
    const { secret } = await issueOnce(database, once, clock.now())
    const token = what.organizationId === undefined ? secret : invitationToken(what.organizationId, secret)
    return `${links.origin}${links.paths[pathOf[what.kind]]}?link=${token}`
  }
}
