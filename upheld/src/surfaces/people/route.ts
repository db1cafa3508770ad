import type { From } from '../../guards/identity/index.ts'
import type { Markup } from '../look/index.ts'
import type { Path } from './paths.ts'
import type { House } from './ports.ts'

/** One request on its way to its page. */
export interface Visit {
  readonly house: House
  readonly request: Request
  readonly url: URL
  readonly from: From
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

interface Base {
  readonly path: Path
}

/** `door`: for everybody. `inside`: for whoever is signed in; all others are led to the door. */
export type Route =
  | (Base & {
      readonly at: 'door'
      readonly method: 'GET'
      readonly answer: (visit: Visit) => Promise<Answer> | Answer
    })
  | (Base & { readonly at: 'door'; readonly method: 'POST'; readonly answer: (sent: Sent) => Promise<Answer> })
  | (Base & { readonly at: 'inside'; readonly method: 'GET'; readonly answer: (visit: Inside) => Promise<Answer> })
  | (Base & { readonly at: 'inside'; readonly method: 'POST'; readonly answer: (sent: SentInside) => Promise<Answer> })
