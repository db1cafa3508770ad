import type { Clock } from '../../core/clock.ts'
import type { Tenancy } from '../../foundation/tenancy/index.ts'
import type { Access } from '../access/index.ts'
import type { ReviewSource } from './source.ts'

export interface ReviewPorts {
  /** Of the login of identity, or of the jobs. */
  readonly tenancy: Pick<Tenancy, 'organization'>
  readonly access: Access
  readonly clock: Clock
  /** Every kind of access that is reviewed, in the order in which it is taken away. */
  readonly sources: readonly ReviewSource[]
}
