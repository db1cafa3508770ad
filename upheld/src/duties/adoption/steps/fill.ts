import { tenantOf } from '../expression.ts'
import type { Table } from '../survey/survey.ts'
import type { Ground } from './ground.ts'
import type { Step } from './step.ts'

export function fillStep(ground: Ground, table: Table): Step {
  return {
    id: `fill ${table.label}`,
    kind: 'fill',
    way: 'batches',
    says: `Fill organization_id of the rows that ${table.label} has already, batch by batch.`,
    table: table.label,
    expression: tenantOf(ground.seen, ground.tenants, table.oid, 't', 'organization'),
    locks: ground.locks(table, 'RowExclusiveLock').concat(ground.pathLocks(table)),
    short: 'Each batch is bounded in rows and time, and passes over rows that somebody else has locked.',
    application:
      'An update of a row that is in the running batch waits for the batch. Triggers of the table do not fire. The table grows until it is vacuumed.',
    undo: [],
  }
}
