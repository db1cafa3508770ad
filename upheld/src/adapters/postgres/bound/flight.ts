// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- a program that imports this has no other way to find it
/// <reference path="./pg-utils.d.ts" />
import pg from 'pg'
import { serialize } from 'pg-protocol'
import { prepareValue } from 'pg/lib/utils.js'
import { messageOf } from '../../../core/errors.ts'
import type { Answer, Field, Statement } from '../../../foundation/tenancy/index.ts'
import type { RowCollector, Wire } from './wire.ts'

/** What one connection has prepared: the name of a statement and the shape of its rows. */
export type Prepared = Map<string, readonly Field[]>

/** An answer, and whether its portal has more. */
export interface Landing extends Answer {
  readonly more: boolean
}

/** What `client.query` takes and hands the answers to: the Submittable contract of node-postgres. */
interface Flight extends pg.Submittable {
  handleRowDescription(message: { fields: readonly Field[] }): void
  handleDataRow(message: { fields: readonly (string | null)[] }): void
  handleCommandComplete(message: { text: string }): void
  handleReadyForQuery(): void
  handleError(error: Error & { code?: string }): void
  handleEmptyQuery(): void
  handlePortalSuspended(): void
  handleCopyInResponse(wire: Wire): void
  handleCopyData(): void
  callback: unknown
}

/**
 * One flight: some preludes and one statement, each as Bind and Execute, under a single Sync. Outside an explicit
 * BEGIN Postgres runs all of it as one implicit transaction (PostgreSQL documentation, "Extended Query"): a setting
 * made local ends with it, and a prelude that fails skips the rest.
 *
 * A statement that this connection has prepared before is not described again: its rows keep their shape, and
 * Postgres refuses (0A000) when a table was changed under it.
 */
export function flight(
  prepared: Prepared,
  preludes: readonly Statement[],
  statement: Statement,
  done: (failure: Error | null, landing: Landing) => void,
): Flight {
  const shape = statement.portal?.fields ?? (statement.name === '' ? undefined : prepared.get(statement.name))
  const collector = collectorFor(statement)
  let fields: readonly Field[] = shape ?? []
  let more = false
  let preludesLeft = preludes.length
  let failure: Error | null = null
  let tag = ''
  // Types of the caller's own may throw: out of the socket's handler that would end the process.
  const tried = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      failure = error instanceof Error ? error : new Error(messageOf(error))
    }
  }
  if (shape !== undefined) tried(() => collector.addFields(shape))

  return {
    callback: undefined,
    submit(connection) {
      const messages: Buffer[] = []
      // A value that cannot be written: nothing of this statement is sent, and Sync ends what is.
      tried(() => {
        for (const prelude of preludes) messages.push(...encodeOnce(prepared, prelude))
        messages.push(...encode(prepared, statement, shape === undefined))
      })
      messages.push(serialize.sync())
      // One write and one packet: a third of the client's time is the system call.
      const { stream } = connection as unknown as Wire
      if (stream.writable) stream.write(Buffer.concat(messages))
    },
    handleRowDescription(message) {
      fields = message.fields
      tried(() => collector.addFields(message.fields))
    },
    handleDataRow(message) {
      if (preludesLeft > 0 || failure !== null) return
      tried(() => collector.rows.push(collector.parseRow(message.fields)))
    },
    handleCommandComplete(message) {
      if (preludesLeft > 0) preludesLeft--
      else tag = message.text
    },
    handleReadyForQuery() {
      if (failure === null) remember(prepared, preludes, statement, fields)
      done(failure, { rows: collector.rows, fields, tag, more })
    },
    handleError(error) {
      // The statement is gone or its rows changed shape: it is prepared anew next time.
      if (error.code === '0A000' || error.code === '26000') prepared.clear()
      done(error, { rows: [], fields, tag, more })
    },
    handleEmptyQuery: () => undefined,
    handlePortalSuspended() {
      more = true
    },
    handleCopyInResponse: wire => wire.sendCopyFail('COPY is not for the application'),
    handleCopyData: () => undefined,
  }
}

function collectorFor({ shape }: Statement): RowCollector {
  const types = shape?.types ?? pg.types
  return new pg.Result(shape?.arrays === true ? 'array' : '', types as typeof pg.types) as unknown as RowCollector
}

/** Preludes come again and again as the same object; once their statement is prepared they are always the same bytes. */
const encoded = new WeakMap<Statement, Buffer[]>()

function encodeOnce(prepared: Prepared, prelude: Statement): Buffer[] {
  if (!prepared.has(prelude.name)) return encode(prepared, prelude, false)
  const messages = encoded.get(prelude) ?? [Buffer.concat(encode(prepared, prelude, false))]
  encoded.set(prelude, messages)
  return messages
}

function encode(prepared: Prepared, { name, text, values, portal }: Statement, describe: boolean): Buffer[] {
  if (portal?.close === true) return [serialize.close({ type: 'P', name: portal.name })]
  const execute = serialize.execute(portal === undefined ? {} : { portal: portal.name, rows: portal.rowsMax })
  if (portal?.fields !== undefined) return [execute]
  const known = name !== '' && prepared.has(name)
  // An earlier flight may have failed after its Parse. To close what is not there is no error.
  const parse = known
    ? []
    : [...(name === '' ? [] : [serialize.close({ type: 'S', name })]), serialize.parse({ name, text, types: [] })]
  const place = portal?.name ?? ''
  const bind = serialize.bind({
    portal: place,
    statement: name,
    values: [...values],
    valueMapper: value => prepareValue(value),
  })
  return [...parse, bind, ...(describe ? [serialize.describe({ type: 'P', name: place })] : []), execute]
}

function remember(prepared: Prepared, preludes: readonly Statement[], statement: Statement, fields: readonly Field[]) {
  for (const prelude of preludes) if (prelude.name !== '') prepared.set(prelude.name, [])
  if (statement.name !== '') prepared.set(statement.name, fields)
}
