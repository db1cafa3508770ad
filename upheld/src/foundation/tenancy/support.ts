import type { OrganizationId } from '../../core/ids.ts'
import type { Actor } from './actor.ts'
import { refuse } from './errors.ts'
import type { Binding, BoundConnections, BoundTransaction, Statement } from './ports.ts'
import type { Statements } from './tenancy.ts'
import type { Turns } from './turns.ts'

/** What staff needs beside the application's own connections. */
export interface SupportPorts {
  /** Connections of the login of staff: it reads, and writes nothing. */
  readonly staff?: BoundConnections
  /** Writes down what staff is about to do, through these statements, which commit by themselves. */
  readonly recordSupport?: (statements: Statements, text: string) => Promise<void>
}

/** Words of a statement that go into the log: its text is the application's own and has no values in it. */
const textMax = 2_000

/**
 * The line of an organization for staff under a grant: every statement stands in the organization's log before it runs.
 * A grant that only reads goes over the login that only reads.
 * @throws tenancy.no_staff_login
 */
export function supportLine(
  { staff, recordSupport }: SupportPorts,
  lines: { readonly own: Turns; readonly staff: Turns | undefined },
  { grant }: Actor,
  aside: (connections: BoundConnections) => Statements,
): Turns {
  if (grant === undefined) throw refuse.no_grant()
  if (staff === undefined || lines.staff === undefined || recordSupport === undefined) throw refuse.no_staff_login()
  const line = grant.writes ? lines.own : lines.staff
  const beside = aside(staff)
  const told = (statement: Statement): Promise<void> => recordSupport(beside, statement.text.slice(0, textMax))
  return Object.freeze({
    async run(id: OrganizationId, binding: Binding, statement: Statement) {
      await told(statement)
      return line.run(id, binding, statement)
    },
    async *stream(id: OrganizationId, binding: Binding, statement: Statement, rowsMax: number) {
      await told(statement)
      for await (const part of line.stream(id, binding, statement, rowsMax)) {
        yield part
        // A portal was let in when it was opened: whether its grant is still live is asked between its parts.
        await beside.query('select upheld.organization_id()')
      }
    },
    transaction: (id, binding, work, mode) =>
      line.transaction(
        id,
        binding,
        tx =>
          work({
            ...tx,
            async run(statement: Statement) {
              await told(statement)
              return tx.run(statement)
            },
            async *stream(statement: Statement, rowsMax: number) {
              await told(statement)
              for await (const part of tx.stream(statement, rowsMax)) {
                yield part
                await beside.query('select upheld.organization_id()')
              }
            },
          } satisfies BoundTransaction),
        mode,
      ),
  } satisfies Turns)
}
