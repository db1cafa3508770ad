import type { Clock } from '../../core/clock.ts'
import type { JsonObject } from '../../core/json.ts'
import type { People } from '../../people.ts'
import type { Claim, PageSource, TrustReport, TurnNow } from '../../proof/claims/index.ts'
import type { OrderDesk } from '../../proof/orders/index.ts'
import type { Look, Markup } from '../look/index.ts'
import type { Colleague } from '../people/index.ts'
import type { WitnessState } from '../trust/index.ts'
import type { Script } from './script.ts'
import type { Streams } from './streams.ts'

/** One setting as `upheld config explain` says it. A secret is not in it. */
export interface ExplainedSetting {
  readonly name: string
  readonly value: string | null
  readonly from: 'default' | 'environment' | 'option'
  readonly default: string | null
  readonly env: string
  readonly says: string
}

export interface ConsoleOptions {
  /** What the product is called. */
  readonly product: string
  readonly people: Pick<People, 'site' | 'identity'>
  readonly claims: readonly Claim[]
  /** One look at everything. */
  readonly report: () => Promise<TrustReport>
  /** The leaves of the log as it was verified last. */
  readonly leaves: () => Promise<readonly { readonly value: JsonObject }[]>
  readonly turns: () => Promise<readonly TurnNow[]>
  /** Over the login of the console. */
  readonly desk: OrderDesk
  readonly settings: readonly ExplainedSetting[]
  /** For the date on which security.txt runs out. */
  readonly page: PageSource
  readonly witnesses: () => Promise<readonly WitnessState[]>
  /** Where people reach it. Never taken from a request. */
  readonly origin: string
  readonly clock: Clock
  readonly look: Look
  readonly onFailure: (failure: unknown) => void
  /** Between two looks for a step of an order that is followed, in milliseconds; 500 unless told. */
  readonly pollMs?: number
}

/** What every page has at hand. */
export interface House extends ConsoleOptions {
  readonly script: Script
  readonly streams: Streams
}

/** One request of somebody of the operator. */
export interface Visit {
  readonly house: House
  readonly request: Request
  readonly url: URL
  readonly colleague: Colleague
  /** What stands in the path in the place of each `:name`, decoded. Nobody looked at it yet. */
  readonly params: Readonly<Record<string, string>>
}

/** A form that came from one of these pages. */
export interface Sent extends Visit {
  readonly fields: ReadonlyMap<string, string>
}

export type Answer =
  | { readonly title: string; readonly body: Markup; readonly status?: number }
  | { readonly redirect: `/${string}` }
  | Response
