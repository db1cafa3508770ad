import type { TwinWorld, World } from './world.ts'

/** Where a claim answers a published standard. Ids only: the texts have licences of their own. */
export interface Mappings {
  readonly asvs?: readonly string[]
  readonly caiq?: readonly string[]
  readonly soc2?: readonly string[]
  readonly iso27001?: readonly string[]
  readonly gdpr?: readonly string[]
}

/** Whether the population is the whole of what the sentence speaks of, such as every table, or a part that stands for it. */
export type Extent = 'whole' | 'part'

/** What one attack saw that it must not see. Names places, never customer data. */
export interface Finding {
  readonly attack: string
  readonly where: string
  readonly saw: string
}

/** What a probe reports to. The runner keeps the count; a probe cannot set it. */
export interface Report {
  /**
   * What the probe found to attack, such as ('tables', 9); each unit once. Zero is reported too: it makes the run
   * unproven. So does a count that is larger than the number of different places that were attacked.
   */
  population(unit: string, count: number): void
  /** One attack was made and beaten. */
  observe(attack: string, where: string): void
  /** One attack came through. The probe may go on and find more. */
  refute(finding: Finding): void
  /** Aborted when the run has used up its time. */
  readonly signal: AbortSignal
}

export interface Probe {
  /** What the probe does, in plain words, for the page. */
  readonly says: string
  /** `import.meta.url` of the file that holds it: its code is part of the claim's digest. */
  readonly source: string
  /** Throws when it cannot do its work (a positive control that fails included): the run is then unproven. */
  run(world: World, report: Report): Promise<void>
}

/**
 * One of several ways to look at the same promise, such as by the catalogue and by attack. Each by itself must hold on
 * the live system and on the untouched twin, and must notice every sabotage that it is not declared blind to.
 */
export interface Instrument extends Probe {
  readonly name: string
}

export interface Sabotage {
  readonly name: string
  /** What somebody did, in plain words, for the page: "row security was switched off on one table". */
  readonly says: string
  readonly source: string
  /** Instruments that cannot see this, each with the reason, for the page. At least one is left that must. */
  readonly beyond?: Readonly<Record<string, string>>
  /** Breaks the twin and gives the world that the probe then meets. */
  apply(twin: TwinWorld): Promise<World>
}

export interface ProvenClaim {
  readonly kind: 'proven'
  readonly id: string
  readonly sentence: string
  /** What the probe counts and attacks, in plain words. */
  readonly population: string
  /** A part when absent: only a population that is declared whole carries words such as "every" and "never" on a page. */
  readonly extent?: Extent
  readonly freshnessMins: number
  readonly observationsMin: number
  readonly timeoutSecs: number
  readonly assumptions: readonly string[]
  readonly notCovered: readonly string[]
  readonly mappings: Mappings
  /** What attacks it. A claim has either one probe or several instruments. */
  readonly probe?: Probe
  readonly instruments?: readonly Instrument[]
  readonly sabotages: readonly Sabotage[]
}

/** A promise not yet made. Listed as coming, never as in place. */
export interface PlannedClaim {
  readonly kind: 'planned'
  readonly id: string
  readonly sentence: string
  readonly mappings: Mappings
}

/** A person's signed statement or a supplier's certificate. Dates are RFC 3339. */
export interface AttestedClaim {
  readonly kind: 'attested'
  readonly id: string
  readonly sentence: string
  readonly mappings: Mappings
  /** What the statement speaks of, in plain words, and whether that is all there is. A part when absent. */
  readonly population?: string
  readonly extent?: Extent
  readonly by: string
  readonly statedAt: string
  readonly expiresAt: string
  /** `sha256:` and hex of the document. */
  readonly documentDigest: string
}

export type Claim = ProvenClaim | PlannedClaim | AttestedClaim

/** A promise that was made, logged, and taken back. It stays listed with its history. */
export interface WithdrawnClaim {
  readonly kind: 'withdrawn'
  readonly id: string
  readonly sentence: string
  readonly mappings: Mappings
}

/** The only probe of a claim, where one is asked for by name. */
const onlyProbe = 'probe'

/** What attacks a claim: its instruments, or its one probe. */
export function instrumentsOf({ probe, instruments }: ProvenClaim): readonly Instrument[] {
  return instruments ?? (probe === undefined ? [] : [{ ...probe, name: onlyProbe }])
}

/** The instruments that have to notice a sabotage, by name and in order. */
export function noticersOf(claim: ProvenClaim, { beyond = {} }: Sabotage): readonly string[] {
  return instrumentsOf(claim).flatMap(({ name }) => (Object.hasOwn(beyond, name) ? [] : [name]))
}
