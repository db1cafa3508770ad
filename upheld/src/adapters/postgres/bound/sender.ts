import type pg from 'pg'
import type { Binding, Statement } from '../../../foundation/tenancy/index.ts'
import { enterOnAllNodes } from './citus.ts'
import { flight, type Landing, type Prepared } from './flight.ts'
import { refusalOf } from './refusals.ts'
import type { ConnectedClient } from './wire.ts'

export interface SenderOptions {
  readonly statementTimeoutMs: number
  /** Between us and Postgres stands a pooler in transaction mode: no prepared statements, and no backend of our own. */
  readonly pooler: boolean
  /** Rows are spread over the nodes of a Citus cluster, see citus.ts. */
  readonly citus: boolean
}

/** How statements leave: in one flight with what must come before them, each prepared once on its connection. */
export interface Sender {
  readonly send: (client: pg.PoolClient, preludes: readonly Statement[], statement: Statement) => Promise<Landing>
  /** What binds whatever follows it to an organization. */
  readonly enter: (client: pg.PoolClient, binding: Binding) => readonly Statement[]
}

export function openSender(options: SenderOptions): Sender {
  const prepared = new WeakMap<pg.PoolClient, Prepared>()

  const send: Sender['send'] = (client, preludes, statement) =>
    new Promise((resolve, reject) => {
      const known: Prepared = prepared.get(client) ?? new Map<string, never[]>()
      prepared.set(client, known)
      const wanted = options.pooler ? unnamed(statement) : statement
      const before = options.pooler ? preludes.map(unnamed) : preludes
      client.query(
        flight(known, before, wanted, (failure, landing) => {
          if (failure === null) resolve(landing)
          else reject(refusalOf(failure))
        }),
      )
    })

  const entered = new WeakMap<pg.PoolClient, readonly [Statement]>()

  const enter: Sender['enter'] = (client, binding) => {
    if (options.citus) return enterOnAllNodes(binding)
    // Behind a pooler a connection is not ours to set a default on, and the backend is another one each time.
    if (options.pooler) {
      const values = [binding.token(0), String(options.statementTimeoutMs)]
      return [{ text: 'select upheld.enter($1, $2)', values, name: '' }]
    }
    const token = binding.token((client as unknown as ConnectedClient).processID)
    const last = entered.get(client)
    if (last?.[0].values[0] === token) return last
    const fresh = [{ text: 'select upheld.enter($1)', values: [token], name: 'upheld_enter' }] as const
    entered.set(client, fresh)
    return fresh
  }

  return Object.freeze({ send, enter })
}

function unnamed(statement: Statement): Statement {
  return { ...statement, name: '' }
}
