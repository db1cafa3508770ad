import { EventEmitter } from 'node:events'
import type pg from 'pg'
import type { Organization } from '../../../foundation/tenancy/index.ts'
import { controlOf, refuse } from '../index.ts'
import { callbackOf, hand, readAsked, resultOf } from './asked.ts'
import { lend } from './client.ts'
import type { BoundPool, BoundPoolClient } from './shapes.ts'

/** Query builders tell a pool from a client by the name of its constructor. */
const prototype = Object.freeze({ constructor: Object.freeze({ name: 'BoundPool' }) })

/**
 * An organization in the shape of a `pg.Pool`, for code that wants one. Every statement passes the gate and travels
 * with its context; BEGIN, COMMIT, ROLLBACK and SAVEPOINT on a client steer a transaction of the organization.
 */
export function boundPool(organization: Organization): BoundPool {
  const events = new EventEmitter()
  const out = new Set<ReturnType<typeof lend>>()
  const closing = new Set<Promise<void>>()
  let ended = false

  const ask = async (given: readonly unknown[]): Promise<pg.QueryResult> => {
    if (ended) throw refuse.ended()
    const { text, values, shape } = readAsked(given)
    if (controlOf(text) !== undefined) throw refuse.needs_client()
    return resultOf(await organization.answer(text, values, shape))
  }

  const close = (lent: ReturnType<typeof lend>): Promise<void> => {
    const closed: Promise<void> = lent
      .close()
      .catch(() => undefined)
      .finally(() => closing.delete(closed))
    closing.add(closed)
    return closed
  }

  const take = async (): Promise<BoundPoolClient> => {
    if (ended) throw refuse.ended()
    const lent = lend(organization, returned => {
      out.delete(returned)
      void close(returned)
      events.emit('release', undefined, returned.client)
    })
    out.add(lent)
    events.emit('connect', lent.client)
    events.emit('acquire', lent.client)
    return lent.client
  }

  const listen =
    (how: 'on' | 'once' | 'off') =>
    (event: string, listener: (...given: unknown[]) => void): BoundPool => {
      events[how](event, listener)
      return pool
    }

  const pool = Object.freeze(
    Object.defineProperties(Object.create(prototype) as BoundPool, {
      query: {
        value: (...given: readonly unknown[]) => hand(callbackOf(given), ask(given)),
      },
      connect: {
        value: (done?: Taken) => (done === undefined ? take() : giveTo(done, take())),
      },
      end: {
        value: async () => {
          ended = true
          await Promise.all([...[...out].map(close), ...closing])
        },
      },
      ended: { get: () => ended },
      on: { value: listen('on') },
      once: { value: listen('once') },
      off: { value: listen('off') },
      removeListener: { value: listen('off') },
    }),
  )
  return pool
}

type Taken = (failure?: unknown, client?: BoundPoolClient, release?: () => void) => void

function giveTo(done: Taken, taken: Promise<BoundPoolClient>): undefined {
  taken.then(
    client => process.nextTick(done, undefined, client, () => client.release()),
    (failure: unknown) => process.nextTick(done, failure),
  )
}
