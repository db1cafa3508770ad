import type { Upheld } from '../../upheld.ts'

/** The login roles that a running system has. Each is tried beyond its duty. */
export type LoginRole = 'app' | 'migrate' | 'proof' | 'page'

/** What a probe may use: the public door, a network client, and the logins that an attacker could steal. */
export interface World {
  readonly place: 'live' | 'twin'
  /** Where the pages answer, such as http://127.0.0.1:4180. */
  readonly origin: string
  /** Where the trust page is below the origin, such as /security. */
  readonly pagePath: string
  /** The schemas whose every table holds customers' rows. */
  readonly tenantSchemas: readonly string[]
  /** Connection URLs of the database, one for each login. */
  readonly urls: Readonly<Record<LoginRole, string>>
  /** The platform as the application itself opens it. The caller closes it. */
  open(): Promise<Upheld>
}

/** A scratch copy of the system: same catalogue, no customer's row. */
export interface TwinWorld extends World {
  readonly place: 'twin'
  /** Superuser of the twin's database only in use, for breaking things. */
  readonly adminUrl: string
  /** Everything pushed here is undone, last first, when the twin is dropped. */
  defer(undo: () => Promise<void>): void
}

/** Where a claim is tried. */
export interface Stage {
  readonly live: World
  /** A fresh twin, at most one per call; `drop` removes it also after a failure. */
  twin(): Promise<{ readonly world: TwinWorld; drop(): Promise<void> }>
}
