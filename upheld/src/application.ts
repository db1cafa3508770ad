import type { Caller } from './core/ports.ts'
import type { Access } from './guards/access/index.ts'
import { openPeople, type People, type PeoplePorts } from './people.ts'
import type { PeopleOptions } from './people-options.ts'
import type { Claim, PageSource, SecurityTxtSource } from './proof/claims/index.ts'
import type { Limits } from './proof/outsiders/index.ts'
import type { Routes } from './routes.ts'
import type { Upheld } from './upheld.ts'

/** Persons, members, roles and keys, where Upheld keeps them. */
export interface PeopleOfApplication {
  /** What `defineAccess` made: every permission and role that there is. */
  readonly access: Access
  /** Where somebody goes who just signed in; `/` unless told. */
  readonly home?: `/${string}`
  /** Words that no password may be made of, besides the name of the application. */
  readonly contextWords?: readonly string[]
  /** What visitors without an account may do. Nobody is let in without. */
  readonly visitors?: PeopleOptions['visitors']
}

/** What `upheld up --app <module>` needs to know of an application. The module exports it as `application`. */
export interface Application {
  readonly name: string
  /** Every table in these schemas holds customers' rows and is led by organization_id. */
  readonly tenantSchemas: readonly string[]
  /** Folder URL of `NNN-name.sql` files, run in order, once, each in a transaction, as the owner of the tables. */
  readonly migrations: URL
  /** File URL of the security page: Markdown whose sentences cite claims, as docs/guide/security-page.md tells. */
  readonly page: URL
  /** What security.txt says beyond the contact, which the page names. */
  readonly securityTxt?: SecurityTxtSource
  /** Claims of the application's own, beside the catalogue that Upheld brings. */
  readonly claims: readonly Claim[]
  /** Absent where the application has sessions of its own. Where it is here, every function below is handed its `People`. */
  readonly people?: PeopleOfApplication
  /** Every route and a way in for each role, so that they can be attacked. Without it nothing is proven of them. */
  readonly routes?: Routes
  /**
   * Strangers may probe it, under a published contract, between throw-away organizations of their own. Absent: nobody may.
   * Needs `people` and `routes`. The limits can be lowered.
   */
  readonly outsiders?: { readonly limits?: Readonly<Partial<Limits>> }
  /** The largest body that it takes, in bytes, where that is more than the server is set to. Other bounds are its own. */
  readonly bodyBytesMax?: number
  /** Fills an empty system; does nothing when it has been filled. Says in one line what there is. */
  seed(upheld: Upheld, people?: People): Promise<string>
  /** Lines to show to the person at the terminal, such as sign-in links. */
  welcome(upheld: Upheld, origin: string, people?: People): Promise<readonly string[]>
  /** Answers HTTP with the web's own Request and Response. Pages of people are answered before it. */
  fetch(upheld: Upheld, people?: People): (request: Request, caller: Caller) => Response | Promise<Response>
}

/** An application whose page was read and held against the claims. */
export interface RunningApplication extends Omit<Application, 'page'> {
  readonly page: PageSource
}

/** Where a system keeps its people: all that the application has no say in. */
type PeopleOfSystem = Omit<PeopleOptions, 'product' | keyof PeopleOfApplication>

/** The people of an application, as every process opens them; undefined where it keeps them itself. The caller closes them. */
export function openPeopleOf(
  { name, people }: Pick<Application, 'name' | 'people'>,
  platform: Upheld,
  system: PeopleOfSystem,
  ports: PeoplePorts = {},
): People | undefined {
  if (people === undefined) return undefined
  const { access, ...said } = people
  return openPeople(platform, access, { ...said, ...system, product: name }, ports)
}
