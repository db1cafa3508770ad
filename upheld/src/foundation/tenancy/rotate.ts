import { randomBytes } from 'node:crypto'
import { assert } from '../../core/errors.ts'
import type { Database } from '../../core/ports.ts'
import type { ContextKey } from './keys.ts'
import { guardedForm } from './token.ts'

interface RotationOptions {
  /** The key in use. */
  readonly current: ContextKey
  /** Makes the new key the one that the application signs with. */
  publish(key: ContextKey): void
  /** How long a context signed with the old key may still be on its way: its life, the key's reload, and two clocks' difference. */
  readonly graceSecs: number
}

/**
 * Puts a new context key in the place of the current one without a refused statement: the database learns it first, the
 * application signs with it next, and the old one is retired when everything signed with it has expired. May be run
 * again after it was killed anywhere: a key that nobody signs with is retired with the old one.
 */
export async function rotateContextKey(admin: Database, options: RotationOptions): Promise<ContextKey> {
  const { rows } = await admin.query('select get_byte(id, 0) as id from upheld_guard.context_key')
  const taken = new Set([parseInt(options.current.id, 16), ...rows.map(row => Number(row['id']))])
  const key: ContextKey = Object.freeze({
    id: freeId(options.current.id, taken),
    cell: options.current.cell,
    secret: randomBytes(32),
  })
  await admin.query(
    'insert into upheld_guard.context_key (id, inner_block, outer_block, cell) values ($1, $2, $3, $4)',
    guardedForm(key),
  )
  options.publish(key)
  await admin.query(
    `update upheld_guard.context_key set retire_at = clock_timestamp() + make_interval(secs => $2)
     where id <> $1 and retire_at = 'infinity'`,
    [Buffer.from(key.id, 'hex'), options.graceSecs],
  )
  await admin.query(`delete from upheld_guard.context_key where retire_at < clock_timestamp() - interval '1 hour'`)
  return key
}

/** The next id after the current one, so that an id comes back as late as it can. */
function freeId(current: string, taken: ReadonlySet<number>): string {
  const start = parseInt(current, 16)
  const free = Array.from({ length: 255 }, (_, step) => (start + step + 1) % 256).find(id => !taken.has(id))
  assert(free !== undefined, 'fewer than 256 context keys are in use at once')
  return free.toString(16).padStart(2, '0')
}
