import type { Caller } from './core/ports.ts'
import type { Claim, PageSource } from './proof/claims/index.ts'
import type { Routes } from './routes.ts'
import type { Upheld } from './upheld.ts'

/** What `upheld up --app <module>` needs to know of an application. The module exports it as `application`. */
export interface Application {
  readonly name: string
  /** Every table in these schemas holds customers' rows and is led by organization_id. */
  readonly tenantSchemas: readonly string[]
  /** Folder URL of `NNN-name.sql` files, run in order, once, each in a transaction, as the owner of the tables. */
  readonly migrations: URL
  readonly page: PageSource
  /** Claims of the application's own, beside the catalogue that Upheld brings. */
  readonly claims: readonly Claim[]
  /** Every route and a way in for each role, so that they can be attacked. Without it nothing is proven of them. */
  readonly routes?: Routes
  /** The largest body that it takes, in bytes, where that is more than the server is set to. Other bounds are its own. */
  readonly bodyBytesMax?: number
  /** Fills an empty system; does nothing when it has been filled. Says in one line what there is. */
  seed(upheld: Upheld): Promise<string>
  /** Lines to show to the person at the terminal, such as sign-in links. */
  welcome(upheld: Upheld, origin: string): Promise<readonly string[]>
  /** Answers HTTP with the web's own Request and Response. */
  fetch(upheld: Upheld): (request: Request, caller: Caller) => Response | Promise<Response>
}
