import type { Queryable } from '../../core/ports.ts'
import type { Statements } from '../../foundation/tenancy/index.ts'

/** A transaction of one organization, for statements about persons that belong to the same change. */
export function queryable(statements: Pick<Statements, 'query'>): Queryable {
  return Object.freeze({
    async query(text: string, values: readonly unknown[] = []) {
      const rows = await statements.query(text, values)
      return { rows, rowCount: rows.length }
    },
  })
}
