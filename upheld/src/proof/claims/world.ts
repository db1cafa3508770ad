import type { OrganizationId } from '../../core/ids.ts'
import type { Database } from '../../core/ports.ts'
import type { RecorderOptions } from '../../foundation/audit/index.ts'
import type { KeyPorts, Rotated, Shredded, Shredding, Vault } from '../../foundation/vault/index.ts'
import type { Bend } from '../../custody.ts'
import type { Access } from '../../guards/access/index.ts'
import type { OutgoingMail } from '../../guards/identity/index.ts'
import type { PeopleBend } from '../../people-bend.ts'
import type { People } from '../../people.ts'
import type { Routes } from '../../routes.ts'
import { loginRoles, type LoginRole } from '../../foundation/tenancy/index.ts'
import type { Upheld } from '../../upheld.ts'

/** The login roles that a running system has. Each is tried beyond its duty. */
export { loginRoles, type LoginRole }

/** How an attacker may want the application's handle opened. */
export interface OpenOptions {
  readonly connectionsMax?: number
  /** As behind a pooler: contexts fit any backend, so that one can be stolen and tried elsewhere. */
  readonly pooler?: boolean
  readonly contextTtlSecs?: number
  /** Parts that are broken on purpose, in a twin. */
  readonly bend?: Bend
}

/** How a probe walks through the routes of an application that says what they are. */
export interface Entrance {
  readonly routes: Routes
  /** For this alone, so that no other probe clears away what it needs: who asks, whose it is, and whose it was. */
  readonly thief: OrganizationId
  readonly victim: OrganizationId
  readonly gone: OrganizationId
  /** For whoever sends secrets into every input. */
  readonly author: OrganizationId
}

/** One file, or what a backup would make of one table. */
export interface RawPiece {
  readonly store: 'database files' | 'write-ahead log' | 'dump' | 'objects'
  readonly name: string
  bytes(): AsyncIterable<Uint8Array>
}

/** What lies on the disks of the database and of the objects, for whoever steals them. */
export interface Disk {
  /** From now on nothing that is written is let go of. The caller closes it. */
  watch(): Promise<DiskWatch>
}

export interface DiskWatch {
  /** Everything written since the watch began; to be read one after the other. */
  pieces(): AsyncIterable<RawPiece>
  close(): Promise<void>
}

/** What is wrong with a context that was signed for real; `nobody` is in order, and reaches no row. */
export type ContextFlaw = 'none' | 'long life' | 'past' | 'other cell' | 'retired key' | 'nobody'

/** People of an application, for whoever tries what protects them. */
export interface PeopleGround {
  readonly access: Access
  /** For probes of people alone. */
  readonly organizations: Readonly<Record<'house' | 'other' | 'gone', OrganizationId>>
  /** As the application's processes open it; reached at the pages of this world, unless `origin` says where. The caller closes it. */
  open(bend?: PeopleBend, origin?: string): People
  /**
   * The mails that wait for addresses of this domain, written and taken: with real links. Below `.invalid` alone, where
   * nobody else has an address and no mail is ever sent to.
   */
  letters(domain: string): Promise<readonly OutgoingMail[]>
  /** A digest of everything about members of an organization: two that are equal mean that nothing was changed. */
  state(organization: OrganizationId): Promise<string>
  /** Takes all members away, and everything of theirs, from an organization that exists for probes. */
  clear(organization: OrganizationId): Promise<void>
  /** Takes persons away, and everything of theirs, by the domain of their addresses; below `.invalid` alone. */
  clearPersons(domain: string): Promise<void>
}

/** What a probe may use: the public door, a network client, and the logins that an attacker could steal. */
export interface World {
  readonly place: 'live' | 'twin'
  /** Where the pages answer, such as http://127.0.0.1:4180, without a slash at the end. */
  origin(): Promise<string>
  /** What browsers call it, where that is another origin: a proxy stands before the live system, and attacks do not go by it. */
  readonly site?: string
  /** Where the trust page is below the origin, such as /security. */
  readonly pagePath: string
  /** The schemas whose every table holds customers' rows. */
  readonly tenantSchemas: readonly string[]
  /** Two organizations that exist for probes alone: no person has a row in them, no walk across organizations meets them. */
  readonly thief: OrganizationId
  readonly victim: OrganizationId
  /** Absent when the application says nothing of its routes. */
  readonly entrance?: Entrance
  /** Absent when the application keeps its people itself. */
  readonly people?: PeopleGround
  /** A login, used by hand, without any handle. One connection unless more are asked for. The caller closes it. */
  login(role: LoginRole, connectionsMax?: number): Database
  /** The platform as the application itself opens it. The caller closes it. */
  open(options?: OpenOptions): Upheld
  readonly disk: Disk
  readonly outputs: Outputs
  readonly recording: Recording
  /** The keys as the operator holds them: to rotate and to destroy. Undefined where there is no vault. The caller closes it. */
  keys(bend?: Bend): Keys | undefined
  /** A context of the thief that fits any backend, signed with the system's own key. */
  forge(flaw: ContextFlaw): Promise<string>
}

/** What a browser calls the site that it is on: what forms say that they come from, and what cookies and passkeys are bound to. */
export async function siteOf(world: Pick<World, 'origin' | 'site'>): Promise<string> {
  return world.site ?? (await world.origin())
}

/** Where a log of the database server ended: bytes, by its place. Empty where the log cannot be read. */
export type ServerLogMark = ReadonlyMap<string, number>

/** Where every output ended at one moment. */
export interface OutputMark {
  readonly ends: ReadonlyMap<string, number>
  readonly server: ServerLogMark
}

/** One place that a running system writes text to. */
export interface OutputPiece {
  readonly store: 'logs' | 'server log'
  readonly name: string
  /** Its bits of permission, where it is a file of ours. */
  readonly mode?: number
  /** What was written to it since the mark. */
  bytes(): AsyncIterable<Uint8Array>
}

/** Everything that a running system writes down as text: its logs, what its processes print, the log of its database. */
export interface Outputs {
  mark(): Promise<OutputMark>
  pieces(since: OutputMark): AsyncIterable<OutputPiece>
}

/** What keys are made of and kept in. */
export interface Keys {
  readonly ports: KeyPorts
  /** A vault that has nothing in memory yet. The caller closes it. */
  vault(): Vault
  /** New data keys for one organization, everything that they sealed sealed anew, and the older keys ended. */
  rotate(organization: OrganizationId): Promise<Rotated>
  shred(shredding: Shredding): Promise<Shredded>
  close(): Promise<void>
}

/** What moves records into the audit logs of this world. */
export interface Recording {
  /** Resolves when the recorder is at work: the running system's own, or one that is started for a twin. */
  start(): Promise<void>
  /** The head of the anchor log that is kept outside of the database. */
  anchoredHead(): string | undefined
}

/** What somebody could do to the pages on their way to the reader: changes the feed and every page of the twin. */
export type Retouch = (body: string) => string

/** What somebody could do to the application itself: meets each request before it does, and its answer afterwards. */
export type Around = (request: Request, answer: (request: Request) => Promise<Response>) => Promise<Response>

/** A login that was made for one twin. */
export interface TwinLogin {
  /** Its role, as SQL takes it without quotes. */
  readonly name: string
  login(connectionsMax?: number): Database
  /** The platform as the application opens it, with this login. */
  open(options?: OpenOptions): Upheld
}

/** A scratch copy of the system: same catalogue, no customer's row. */
export interface TwinWorld extends World {
  readonly place: 'twin'
  /** Superuser in the twin's database, with the guards of DDL asleep: for breaking things. */
  readonly admin: Database
  /**
   * A login for this twin alone, with the rights that `role` has there. Roles belong to the whole server, and the live
   * system uses them: what a sabotage weakens is this one. It may connect nowhere else, and goes with the twin.
   */
  loginLike(role: LoginRole): Promise<TwinLogin>
  /** A context as the application's process signs it, for one backend. For drivers that are broken in something else. */
  sign(organization: string, backendPid: number): string
  /** Changes how the recorder of this twin works; to be called before a probe starts it. */
  recordWith(change: (options: RecorderOptions) => RecorderOptions): void
  /** Where the processes of the twin write their logs. */
  readonly logFolder: string
  /**
   * A second web server of the twin, whose pages pass through `retouch`, and its requests `around`, with parts of its people
   * broken. Gives its origin.
   */
  serve(retouch: Retouch, around?: Around, people?: PeopleBend): Promise<string>
  /** Everything given here is undone, last first, when the twin is dropped. */
  defer(undo: () => Promise<void>): void
}

/** Where a claim is tried. */
export interface Stage {
  readonly live: World
  /** How many twins may be probed at the same time, while as many are on their way out; one by one, unless it says more. */
  readonly twinsAtOnce?: number
  /** A fresh twin, at most one per call; `drop` removes it also after a failure. */
  twin(): Promise<{ readonly world: TwinWorld; drop(): Promise<void> }>
}
