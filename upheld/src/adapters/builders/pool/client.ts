import { EventEmitter } from 'node:events'
import pg from 'pg'
import type { Organization } from '../../../foundation/tenancy/index.ts'
import { controlOf, openSession, refuse, type Control, type Session } from '../index.ts'
import { callbackOf, hand, readAsked, resultOf, steered } from './asked.ts'
import type { BoundPoolClient } from './shapes.ts'

/** A client, and how the pool takes it back. */
interface Lent {
  readonly client: BoundPoolClient
  /** Rolls back what is open. */
  close(): Promise<void>
}

/** Takes the transaction texts of existing code and steers the bound transaction with them. */
export function lend(organization: Organization, released: (lent: Lent) => void): Lent {
  const session = openSession(organization)
  const events = new EventEmitter()
  let out = true

  const ask = async (given: readonly unknown[]): Promise<pg.QueryResult> => {
    if (!out) throw refuse.released()
    const { text, values, shape } = readAsked(given)
    const control = controlOf(text)
    return control === undefined ? resultOf(await session.run(text, values, shape)) : steer(session, control)
  }

  const client = Object.freeze({
    query: (...given: readonly unknown[]) => hand(callbackOf(given), ask(given)),
    release: () => {
      if (!out) throw refuse.released()
      out = false
      released(lent)
    },
    escapeIdentifier: (name: string) => pg.escapeIdentifier(name),
    escapeLiteral: (text: string) => pg.escapeLiteral(text),
    on(event: string, listener: (...given: unknown[]) => void) {
      if (event === 'notification' || event === 'drain') throw refuse.no_listening({ detail: `on('${event}')` })
      events.on(event, listener)
      return client
    },
    off: (event: string, listener: (...given: unknown[]) => void) => (events.off(event, listener), client),
    removeListener: (event: string, listener: (...given: unknown[]) => void) => (events.off(event, listener), client),
  }) as BoundPoolClient
  const lent: Lent = { client, close: () => session.close() }
  return lent
}

async function steer(session: Session, control: Control): Promise<pg.QueryResult> {
  switch (control.does) {
    case 'begin':
      await session.begin(control.mode)
      return steered('BEGIN')
    case 'mode':
      await session.mode(control.mode)
      return steered('SET')
    case 'commit':
      await session.commit()
      return steered('COMMIT')
    case 'rollback':
      await session.rollback()
      return steered('ROLLBACK')
    case 'savepoint':
      await session.savepoint(control.name)
      return steered('SAVEPOINT')
    case 'release':
      await session.release(control.name)
      return steered('RELEASE')
    case 'rollbackTo':
      await session.rollbackTo(control.name)
      return steered('ROLLBACK')
  }
}
