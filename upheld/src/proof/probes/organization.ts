import { randomBytes } from 'node:crypto'
import type { Organization } from '../../index.ts'
import type { Actor } from './attacks/index.ts'

/** One organization of an attack, through the application's own handle. */
export function actorOf(organization: Organization): Actor {
  const query: Actor['query'] = (text, values) => organization.query(text, values)
  return { key: [organization.id], query, planter: { query }, transaction: work => organization.transaction(work) }
}

/** Small numbers that do not come again within a run, and that a smallint holds. */
export function counter(): () => number {
  let last = 1000 + (randomBytes(2).readUInt16BE() % 20_000)
  return () => {
    last = last >= 30_000 ? 1000 : last + 1
    return last
  }
}
