import type { Entry, From } from '../../guards/identity/index.ts'
import type { Access, HousePermission } from '../../guards/access/index.ts'
import type { Present } from '../../guards/support/index.ts'
import type { DeclaredRoute } from '../../routes.ts'
import type { Markup } from '../look/index.ts'
import type { House } from './ports.ts'

/** One request on its way to its page. */
export interface Visit {
  readonly house: House
  readonly request: Request
  readonly url: URL
  readonly from: From
  /** What stands in the path in the place of each `:name`. Nobody looked at it yet. */
  readonly params: Readonly<Record<string, string>>
}

/** A request with a form that came from one of our own pages. */
interface Sent extends Visit {
  readonly fields: ReadonlyMap<string, string>
}

/** The same for somebody who is signed in. Whether the session holds is asked where something is done with it. */
export interface Inside extends Visit {
  readonly token: string
  readonly formToken: string
}
export type SentInside = Inside & Sent

/** A member inside of the organization that their browser is in: asked anew for this request, and permitted. */
export interface Member extends Inside {
  readonly entry: Entry
}
export type SentMember = Member & Sent

/** Somebody of the operator, who has proven more than one factor. */
export interface Staff extends Inside {
  readonly present: Present
}
export type SentStaff = Staff & Sent

export type Answer =
  | {
      readonly title: string
      readonly body: Markup
      readonly status?: number
      /** Of what was refused: how long to wait before the next try. */
      readonly retryAfterMs?: number | undefined
      readonly cookies?: readonly string[]
    }
  /** For the script that asks for a passkey. */
  | { readonly json: object; readonly cookies?: readonly string[] }
  | { readonly redirect: `/${string}`; readonly cookies?: readonly string[] }
  /** Something to keep, such as a signed record. */
  | { readonly download: { readonly name: string; readonly media: string; readonly text: string } }

/** What a route takes, as an example for whoever attacks it. */
export type RouteExample = Pick<
  DeclaredRoute,
  'params' | 'query' | 'headers' | 'cookies' | 'json' | 'form' | 'changes' | 'honest' | 'apart'
>

interface Base {
  /** Such as `/organization/members/:id`; `*` at the end is all that is left. */
  readonly path: `/${string}`
  /** Left out where it takes nothing but what the path says, which then has no `:name`. */
  readonly example?: RouteExample | ((access: Access) => RouteExample)
  /** Of roles that are permitted, those that are not refused all the same: the one owner does not leave. All, unless told. */
  readonly works?: (role: string) => boolean
}

interface Get<At extends string, V> extends Base {
  readonly at: At
  readonly method: 'GET'
  readonly answer: (visit: V) => Promise<Answer> | Answer
}

interface Post<At extends string, V> extends Base {
  readonly at: At
  readonly method: 'POST'
  readonly answer: (sent: V) => Promise<Answer>
}

interface Permitted {
  /** Judged before `answer`. `member`: whoever belongs to the organization. */
  readonly permission: HousePermission | 'member'
}

/**
 * `door`: for everybody. `inside`: for whoever is signed in; all others are led to the door. `organization`: for members
 * with the permission. `staff`: for people of the operator. `program`: no page and no cookie; it says itself who asks.
 */
export type Route =
  | Get<'door', Visit>
  | Post<'door', Sent>
  | Get<'inside', Inside>
  | Post<'inside', SentInside>
  | (Get<'organization', Member> & Permitted)
  | (Post<'organization', SentMember> & Permitted)
  | Get<'staff', Staff>
  | Post<'staff', SentStaff>
  | (Base & {
      readonly at: 'program'
      readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
      /** The role of `furnish` that it answers; everybody's without one. */
      readonly role?: string
      readonly answer: (visit: Visit) => Promise<Response>
    })
