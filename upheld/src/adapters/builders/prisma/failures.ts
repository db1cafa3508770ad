import { DriverAdapterError, type MappedError } from '@prisma/driver-adapter-utils'
import pg from 'pg'

/**
 * What Postgres refused, in Prisma's words, with the SQLSTATE beside them. Everything else passes as it is: Prisma
 * hands an error that it does not know to whoever asked, so a refusal of ours arrives with its code.
 */
export function failureOf(failure: unknown): unknown {
  if (!(failure instanceof pg.DatabaseError)) return closed(failure) ?? failure
  return new DriverAdapterError({
    ...kindOf(failure),
    originalCode: failure.code ?? '',
    originalMessage: failure.message,
  })
}

function closed(failure: unknown): DriverAdapterError | undefined {
  const words = failure instanceof Error ? failure.message : ''
  if (!/^Connection terminated|ECONNRESET|EPIPE/.test(words)) return undefined
  return new DriverAdapterError({ kind: 'ConnectionClosed' })
}

function kindOf(failure: pg.DatabaseError): MappedError {
  const place = placeOf(failure)
  switch (failure.code) {
    case '22001':
      return { kind: 'LengthMismatch', ...(failure.column === undefined ? {} : { column: failure.column }) }
    case '22003':
      return { kind: 'ValueOutOfRange', cause: failure.message }
    case '22P02':
      return { kind: 'InvalidInputValue', message: failure.message }
    case '23502':
      return { kind: 'NullConstraintViolation', ...place }
    case '23503':
      return { kind: 'ForeignKeyConstraintViolation', ...place }
    case '23001':
      return { kind: 'RestrictViolation', ...place }
    case '23505':
      return {
        kind: 'UniqueConstraintViolation',
        ...place,
        ...(failure.table === undefined ? {} : { table: failure.table }),
      }
    case '40001':
    case '40P01':
      return { kind: 'TransactionWriteConflict' }
    case '42P01':
      return { kind: 'TableDoesNotExist', ...named('table', /^relation "(.+)" does not exist/, failure.message) }
    case '42703':
      return { kind: 'ColumnNotFound', ...named('column', /^column "?(.+?)"? (?:of|does)/, failure.message) }
    case '53300':
      return { kind: 'TooManyConnections', cause: failure.message }
    default:
      return {
        kind: 'postgres',
        code: failure.code ?? '',
        severity: failure.severity ?? '',
        message: failure.message,
        detail: failure.detail,
        column: failure.column,
        hint: failure.hint,
      }
  }
}

function placeOf({ column, constraint }: pg.DatabaseError): {
  readonly constraint?: { fields: string[] } | { index: string }
} {
  if (column !== undefined) return { constraint: { fields: [column] } }
  return constraint === undefined ? {} : { constraint: { index: constraint } }
}

function named<K extends string>(key: K, form: RegExp, message: string): Partial<Record<K, string>> {
  const name = form.exec(message)?.[1]
  return (name === undefined ? {} : { [key]: name }) as Partial<Record<K, string>>
}
