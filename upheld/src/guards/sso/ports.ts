import type { Clock } from '../../core/clock.ts'
import type { Database } from '../../core/ports.ts'
import type { Web } from '../../core/web.ts'
import type { Organization, Sealing, Statements, Tenancy } from '../../foundation/tenancy/index.ts'

export interface SsoPorts {
  readonly tenancy: Pick<Tenancy, 'organization'>
  /** The login of identity, for what works once. */
  readonly database: Database
  /** Calls providers, judging each address: see adapters/web. */
  readonly web: Web
  /** Client secrets are sealed for the row of their connection. */
  readonly sealing: Pick<Sealing, 'seal' | 'open'>
  readonly clock: Clock
  /** Whether this member may change connections now. Step-up is judged here too. */
  readonly may: (organization: Organization, memberId: string) => Promise<boolean>
  /** Whether this member may give all of these roles to somebody. Asked in the transaction that gives them. */
  readonly mayGive: (
    statements: Pick<Statements, 'query'>,
    memberId: string,
    roles: readonly string[],
  ) => Promise<boolean>
}
