/**
 * What the attacker is taken to hold: an account of the application, a place where his text is spliced into SQL, or the
 * application's login itself.
 */
export const powers = ['account', 'injection', 'login'] as const
export type Power = (typeof powers)[number]

export type ProbeVerdict = 'upheld' | 'refuted' | 'unproven'

/** One attack on one place. Names objects, never rows. */
export interface Attack {
  readonly attack: string
  /** A table, view, function or other object, quoted as SQL needs it. */
  readonly where: string
  readonly power: Power
  readonly outcome: 'beaten' | 'came through' | 'not tried'
  /** What it saw, when it came through; why, when it was not tried; empty when it was beaten. */
  readonly why: string
}

export interface AttackCounts {
  readonly beaten: number
  readonly cameThrough: number
  readonly notTried: number
}

/** What was attacked in a scratch database, how, and what came of it. */
export interface ProbeReport {
  readonly database: string
  /** As the server says it, such as 15.20. */
  readonly release: string
  /** The columns that say whose a row is. */
  readonly tenantColumns: readonly string[]
  /** The application's role that was attacked with. */
  readonly appRole: string
  /** How it was entered: with its own login, with a login made for this run, or by SET SESSION AUTHORIZATION. */
  readonly loginBy: 'own login' | 'temporary login' | 'session authorization'
  /** The statements that say whose request it is, with $1 for the organization. */
  readonly context: readonly string[]
  /** Where the context came from. */
  readonly contextBy: 'given' | 'policies' | 'upheld'
  /** How many of each were there to attack, such as { tables: 9 }. */
  readonly population: Readonly<Record<string, number>>
  readonly counts: AttackCounts
  readonly countsByPower: Readonly<Record<Power, AttackCounts>>
  /** Those that came through first; then those not tried; then the beaten ones. */
  readonly attacks: readonly Attack[]
  /** Over all attacks, and for each thing that an attacker may hold. */
  readonly verdict: ProbeVerdict
  readonly verdicts: Readonly<Record<Power, ProbeVerdict>>
  /** What no attack of this kind can see. */
  readonly notCovered: readonly string[]
  /** Places in which something planted could not be removed; empty when the database is as it was. */
  readonly left: readonly string[]
  /** Leftovers of an earlier run that was killed, removed before this one began. */
  readonly cleaned: number
  /** Statements that were sent. */
  readonly statements: number
  readonly durationMs: number
}
