/** The five words that a reader may meet. Only the first and `attested` carry a promise. */
export type Verdict = 'upheld' | 'refuted' | 'unproven' | 'attested' | 'planned'

/** Why a verdict is what it is: stable words, explained on the page. */
export type Reason =
  | 'held' // every attack was beaten and every sabotage was caught
  | 'refuted' // at least one attack came through
  | 'errored' // the probe could not do its work
  | 'timed_out' // the run used up its time
  | 'empty' // nothing to attack, or fewer observations than the claim demands
  | 'sabotage_missed' // a broken twin was not noticed, so a green would prove nothing
  | 'sabotage_errored' // a twin could not be broken or probed, or the untouched one did not hold
  | 'lost' // the process that ran it died
  | 'clock' // the clock stepped during the run, or the run lies in the reader's future
  | 'never_run'
  | 'expired' // the newest evidence is older than the claim allows
  | 'overdue' // a run was started and did not finish in its time
  | 'changed' // the claim was changed after its newest evidence
  | 'record_incomplete' // a run is missing from the record, or the record does not match its signature
  | 'unread' // the record cannot be asked now: what is shown is an earlier look at it
  | 'withdrawn'
  | 'planned'
  | 'attested'

/** How one sabotage went. Caught only when every instrument noticed it that is not declared blind to it. */
export interface TriedSabotage {
  readonly name: string
  readonly outcome: 'caught' | 'missed' | 'errored'
  /**
   * Of a claim with several instruments: which noticed it, after how many milliseconds, and the attack that came through
   * first, or '' where the leaf had no room for it. In the order of the claim.
   */
  readonly noticed?: readonly Noticed[]
  /** Instruments that the claim declares blind to it; its definition says why. They were not tried. */
  readonly beyond?: readonly string[]
}

export type Noticed = readonly [instrument: string, afterMs: number, attack: string]

/** One finished run, as it stands in the evidence log (leaf `upheld/run@v1`). Times are RFC 3339 in UTC, with milliseconds. */
export interface RunRecord {
  readonly type: 'upheld/run@v1'
  readonly claim: string
  readonly claim_digest: string
  /** 1, 2, 3 … for each claim, without a gap. */
  readonly sequence: number
  readonly started_at: string
  readonly finished_at: string
  readonly duration_ms: number
  /** The start of the run plus the claim's freshness. From this moment the evidence counts for nothing. */
  readonly expires_at: string
  readonly verdict: 'upheld' | 'refuted' | 'unproven'
  readonly reason: Reason
  readonly population: Readonly<Record<string, number>>
  /** Attacks that were made, beaten or not. */
  readonly observations: number
  readonly observations_min: number
  /** At most 20, at most 300 characters in each text, and at most 8,000 bytes together. */
  readonly findings: readonly { readonly attack: string; readonly where: string; readonly saw: string }[]
  readonly findings_total: number
  readonly sabotages: readonly TriedSabotage[]
  /** The same probe on a twin that nobody broke: it must hold there, or the sabotages prove nothing. */
  readonly untouched_twin: 'held' | 'failed' | 'not_tried'
  /** Why a run is unproven, in words for the operator; never customer data. */
  readonly note: string
}

/** How a claim stands for a reader at one moment. */
export interface Standing {
  readonly verdict: Verdict
  readonly reason: Reason
  /** Since when the verdict has been this one, RFC 3339; absent when nobody wrote that moment down. */
  readonly since?: string
  readonly note: string
}
