import type { Seen } from './looks.ts'
import type { RunRecord } from './verdict.ts'

/** What a person at a terminal may follow. */
export type Progress =
  | { readonly type: 'started'; readonly claim: string; readonly sequence: number; readonly worlds: number }
  /** One world was probed: `live`, `untouched twin`, or the twin of a sabotage. */
  | {
      readonly type: 'probed'
      readonly claim: string
      readonly place: string
      readonly seen: Seen
      readonly good: boolean
    }
  /** The run stands in the log. */
  | { readonly type: 'finished'; readonly record: RunRecord; readonly index: number }
  /** Somebody else's run, closed for it: its process died. */
  | { readonly type: 'lost'; readonly claim: string; readonly sequence: number }
  /** `cause` may hold anything: show it to a developer, never write it down. */
  | { readonly type: 'trouble'; readonly claim?: string; readonly says: string; readonly cause?: unknown }

export type OnProgress = (event: Progress) => void
