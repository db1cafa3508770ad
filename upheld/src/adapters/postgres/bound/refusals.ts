import pg from 'pg'
import { refuse } from '../../../foundation/tenancy/index.ts'

type Refusal = (typeof refuse)[keyof typeof refuse]

/** The words that the kernel raises, see foundation/tenancy/kernel/030-context.sql. */
const raised: Readonly<Record<string, Refusal>> = {
  'upheld: no_context': refuse.no_context,
  'upheld: bad_context': refuse.bad_context,
  'upheld: expired_context': refuse.expired_context,
  'upheld: other_cell': refuse.other_cell,
  'upheld: other_backend': refuse.other_backend,
  'upheld: no_actor': refuse.no_actor,
  'upheld: no_crossing': refuse.no_crossing,
  'upheld: no_grant': refuse.no_grant,
}

/** Our own error for what the kernel or a limit refused; anything else is the application's and passes unchanged. */
export function refusalOf(failure: Error): Error {
  if (!(failure instanceof pg.DatabaseError)) return failure
  const known = raised[failure.message]
  if (known !== undefined) return known({ cause: failure })
  // A context that is not even hex.
  if (failure.code === '22023' && failure.message.includes('hexadecimal')) return refuse.bad_context({ cause: failure })
  if (failure.code === '23514' && failure.constraint === 'sealed') return refuse.not_sealed({ cause: failure })
  if (failure.code === '57014') return refuse.statement_timeout({ cause: failure })
  if (failure.code === '42601' && failure.message.includes('multiple commands')) {
    return refuse.statement_refused({ detail: 'Several statements came in one text.', cause: failure })
  }
  return failure
}

/**
 * A pooler takes no setting at the start of a connection that it does not know; a Postgres of our own does. The pool
 * says without a code that nobody gave a connection back in time.
 */
export function refusalOfConnect(failure: unknown): unknown {
  if (!(failure instanceof Error)) return failure
  if (failure instanceof pg.DatabaseError && failure.message.includes('unsupported startup parameter'))
    return refuse.pooler_between({ cause: failure })
  return failure.message.startsWith('timeout exceeded when trying to connect')
    ? refuse.no_connection({ cause: failure })
    : failure
}
