import type { Grammar } from './arguments.ts'
import type { Origin, SettingName, Settings } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** What the process says at its end, to scripts. */
export const exit = Object.freeze({
  /** Everything that was asked holds. */
  upheld: 0,
  /** An attack came through, a bundle is not what it claims to be, or a look found what --fail-on names. */
  refuted: 1,
  /** Nothing came through, but not everything is proven; or a look could not see all that --fail-on names. */
  unproven: 2,
  /** The command line cannot be understood. */
  usage: 64,
  /** Upheld could not do its work. */
  failed: 70,
})

export interface Invocation {
  readonly settings: Settings
  readonly origins: ReadonlyMap<SettingName, Origin>
  readonly positionals: readonly string[]
  readonly terminal: Terminal
  readonly json: boolean
}

export interface Command extends Grammar {
  readonly summary: string
  /** More than the summary, for `--help`. */
  readonly says: readonly string[]
  /** Started by the supervisor, not by a person. */
  readonly hidden?: boolean
  /** Resolves to the exit code. */
  run(invocation: Invocation): Promise<number>
}
