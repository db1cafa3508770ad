import type { Row } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import type { Answer, BoundTransaction, RowShape, Statement } from './ports.ts'
import type { statements } from './statement.ts'
import type { Statements, TransactionStatements } from './tenancy.ts'

/** Where gated statements go: to connections of their own, or into an open transaction. */
type Way = Pick<BoundTransaction, 'run' | 'stream'>

/** What happens to sealed columns on the way: values are sealed as they go, and come back as something that is closed. */
export interface Seals {
  values(values: readonly unknown[]): readonly unknown[] | Promise<readonly unknown[]>
  answer(answer: Answer): Answer | Promise<Answer>
}

type Known = ReturnType<typeof statements>

const rowsMaxDefault = 1_000

/** The verbs of the handle over one way: each text passes the gate and becomes a statement. */
export function statementsOver(known: Known, way: Way, seals: Seals): Statements {
  const run = async (statement: Statement): Promise<Answer> =>
    seals.answer(await way.run({ ...statement, values: await seals.values(statement.values) }))

  async function sql<R extends object>(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<R[]>
  async function sql(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<Row[]> {
    return (await run(known.ofTemplate(text, values))).rows
  }
  async function answer<R>(text: string, values?: readonly unknown[], shape?: RowShape): Promise<Answer<R>>
  async function answer(text: string, values: readonly unknown[] = [], shape?: RowShape): Promise<Answer> {
    return run(shaped(known.ofText(text, values), shape))
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
    const statement = { ...shaped(known.ofText(text, await seals.values(values)), shape), name: '' }
    for await (const part of way.stream(statement, rowsMax)) yield (await seals.answer(part)).rows
  }
  return Object.freeze({
    sql,
    query: async (text: string, values: readonly unknown[] = []) => (await run(known.ofText(text, values))).rows,
    answer,
    stream,
  })
}

interface StreamOptions {
  readonly rowsMax?: number
  readonly shape?: RowShape
}

export function transactionOver(known: Known, tx: BoundTransaction, seals: Seals): TransactionStatements {
  return Object.freeze({
    ...statementsOver(known, tx, seals),
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
