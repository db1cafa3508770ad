import pg from 'pg'
import { assert } from '../../../core/errors.ts'
import type { Binding, Statement } from '../../../foundation/tenancy/index.ts'

const spread: Statement = { text: "set local citus.propagate_set_commands = 'local'", values: [], name: '' }

/**
 * The context as Citus carries it to its workers. Only a SET LOCAL statement inside an explicit transaction reaches
 * them (Citus 14.0, variableset.c); `set_config` does not. SET takes no parameter, so the context is a literal, for
 * which every node must have pg_stat_get_activity revoked; it fits any backend, because the worker's is not known here.
 *
 * Unproven: the form was tried on plain Postgres, which ignores the first statement, and on no cluster of Citus yet.
 */
export function enterOnAllNodes(binding: Binding): readonly Statement[] {
  const [, context = '', note = ''] = /^([0-9a-f]+)(.*)$/su.exec(binding.token(0)) ?? []
  assert(context !== '', 'a context is hex, and so can stand in a literal')
  return [spread, setLocal('upheld.context', context), setLocal('upheld.note', note)]
}

function setLocal(name: string, value: string): Statement {
  return { text: `set local ${name} = ${pg.escapeLiteral(value)}`, values: [], name: '' }
}
