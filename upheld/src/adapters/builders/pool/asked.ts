import type pg from 'pg'
import type { Answer, RowShape } from '../../../foundation/tenancy/index.ts'
import { refuse } from '../index.ts'

/** A query in any of the forms that node-postgres takes, as one. */
interface Asked {
  readonly text: string
  readonly values: readonly unknown[]
  readonly shape: RowShape | undefined
}

type Callback = (failure: Error | null, result?: pg.QueryResult) => void

/**
 * `query(text)`, `query(text, values)`, `query({ text, values, rowMode, types })`, each with a callback or without. The
 * name of a prepared statement is taken and not used: each text is prepared under a name of its own.
 * @throws builders.own_protocol, builders.no_text, builders.no_binary
 */
export function readAsked(given: readonly unknown[]): Asked {
  const [query, ...rest] = given
  const values = rest.find(one => Array.isArray(one)) as readonly unknown[] | undefined
  if (typeof query === 'string') return { text: query, values: values ?? [], shape: undefined }
  if (typeof query !== 'object' || query === null) throw refuse.no_text()
  const config = query as Partial<pg.QueryArrayConfig & { binary: boolean; submit: unknown }>
  if (typeof config.submit === 'function') throw refuse.own_protocol()
  if (typeof config.text !== 'string') throw refuse.no_text()
  if (config.binary === true) throw refuse.no_binary()
  return {
    text: config.text,
    values: values ?? config.values ?? [],
    shape: shapeOf(config.rowMode, config.types),
  }
}

/** The last word of existing code: a function to call with the answer. */
export function callbackOf(given: readonly unknown[]): Callback | undefined {
  return given.find(one => typeof one === 'function') as Callback | undefined
}

function shapeOf(rowMode: string | undefined, types: pg.CustomTypesConfig | undefined): RowShape | undefined {
  if (rowMode !== 'array' && types === undefined) return undefined
  return {
    arrays: rowMode === 'array',
    ...(types === undefined ? {} : { types }),
  }
}

/** An answer as node-postgres gives it. */
export function resultOf({ rows, fields, tag }: Answer): pg.QueryResult {
  const [command = '', ...numbers] = tag.split(' ')
  const count = numbers.at(-1)
  return {
    command,
    rowCount: count === undefined ? null : Number(count),
    oid: 0,
    fields: fields as pg.FieldDef[],
    rows,
  }
}

/** The answer to a text that only steers. */
export function steered(command: string): pg.QueryResult {
  return { command, rowCount: null, oid: 0, fields: [], rows: [] }
}

/** To the callback when there is one, as node-postgres does; to the promise when there is none. */
export function hand(
  callback: Callback | undefined,
  answer: Promise<pg.QueryResult>,
): Promise<pg.QueryResult> | undefined {
  if (callback === undefined) return answer
  answer.then(
    // Out of the promise: what a callback throws is nobody's rejection.
    result => process.nextTick(callback, null, result),
    (failure: unknown) => process.nextTick(callback, failure),
  )
  return undefined
}
