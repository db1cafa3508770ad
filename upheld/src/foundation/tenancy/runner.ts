import type { Row } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import type { Answer, BoundTransaction, RowShape, Statement } from './ports.ts'
import type { statements } from './statement.ts'
import type { Statements, TransactionStatements } from './tenancy.ts'

/** Where gated statements go: to connections of their own, or into an open transaction. */
type Way = Pick<BoundTransaction, 'run' | 'stream'>

type Known = ReturnType<typeof statements>

const rowsMaxDefault = 1_000

/** The verbs of the handle over one way: each text passes the gate and becomes a statement. */
export function statementsOver(known: Known, way: Way): Statements {
  async function sql<R extends object>(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<R[]>
  async function sql(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<Row[]> {
    return (await way.run(known.ofTemplate(text, values))).rows
  }
  async function answer<R>(text: string, values?: readonly unknown[], shape?: RowShape): Promise<Answer<R>>
  async function answer(text: string, values: readonly unknown[] = [], shape?: RowShape): Promise<Answer> {
    return way.run(shaped(known.ofText(text, values), shape))
  }
  function stream<R>(text: string, values?: readonly unknown[], options?: StreamOptions): AsyncGenerator<R[]>
  async function* stream(
    text: string,
    values: readonly unknown[] = [],
    { rowsMax = rowsMaxDefault, shape }: StreamOptions = {},
  ): AsyncGenerator<Row[]> {
    if (!Number.isInteger(rowsMax) || rowsMax < 1 || rowsMax > 100_000) {
      throw refuse.bad_options({ detail: 'rowsMax is a whole number from 1 to 100000.' })
    }
    // Unnamed: a stream is long, and its first part cannot be asked for again when a table has changed.
    yield* way.stream({ ...shaped(known.ofText(text, values), shape), name: '' }, rowsMax)
  }
  return Object.freeze({
    sql,
    query: async (text: string, values: readonly unknown[] = []) => (await way.run(known.ofText(text, values))).rows,
    answer,
    stream,
  })
}

interface StreamOptions {
  readonly rowsMax?: number
  readonly shape?: RowShape
}

export function transactionOver(known: Known, tx: BoundTransaction): TransactionStatements {
  return Object.freeze({
    ...statementsOver(known, tx),
    savepoint: async (name: string) => tx.savepoint(named(name)),
    release: async (name: string) => tx.release(named(name)),
    rollbackTo: async (name: string) => tx.rollbackTo(named(name)),
  })
}

function shaped(statement: Statement, shape: RowShape | undefined): Statement {
  return shape === undefined ? statement : { ...statement, shape }
}

/** As long as an identifier of Postgres may be. Longer ones would be cut, and two of them be one. */
function named(name: string): string {
  if (name === '' || name.includes('\0') || Buffer.byteLength(name) > 63) throw refuse.bad_savepoint()
  return name
}
