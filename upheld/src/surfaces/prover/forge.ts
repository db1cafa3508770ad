import { randomBytes } from 'node:crypto'
import { openDatabase } from '../../adapters/postgres/database.ts'
import { systemClock } from '../../core/clock.ts'
import { guardedForm, noteOf, signContext, type ContextKey, type ContextKeys } from '../../foundation/tenancy/index.ts'
import type { ContextFlaw, TwinWorld, World } from '../../proof/claims/index.ts'

/** Who tries it, for a system that records who changed what. */
const note = noteOf({ type: 'probe', id: 'probe', purpose: 'proof' })

const nobody = '00000000-0000-0000-0000-000000000000'
/** Seconds: longer than the verifier lets anything live, and than a probe runs. */
const livesSecs: Readonly<Partial<Record<ContextFlaw, number>>> = { 'long life': 3_600, past: -30 }

/**
 * Contexts that fit any backend, signed with the system's own key, each with one thing wrong. Only for an organization that
 * exists for probes, or for nobody.
 */
export function forger(adminUrl: string, keys: ContextKeys, organization: string): World['forge'] {
  return async flaw => {
    const current = keys.current()
    const key = flaw === 'retired key' ? await retiredKey(adminUrl, current) : current
    const cell = flaw === 'other cell' ? (key.cell === 'fffe' ? 'fffd' : 'fffe') : key.cell
    const signed = signContext(
      { ...key, cell },
      {
        organization: flaw === 'nobody' ? nobody : organization,
        expiresAtSecs: Math.floor(systemClock.now().getTime() / 1000) + (livesSecs[flaw] ?? 60),
        backendPid: 0,
        nonce: note.nonce,
      },
    )
    return signed + note.text
  }
}

/** As the application's own process signs, good for 20 seconds. */
export function signFor(key: ContextKey): TwinWorld['sign'] {
  return (organization, backendPid) =>
    signContext(key, {
      organization,
      expiresAtSecs: Math.floor(systemClock.now().getTime() / 1000) + 20,
      backendPid,
      nonce: note.nonce,
    }) + note.text
}

/** A key that the database knows and that has been retired from the beginning: nothing that it signs was ever good. */
async function retiredKey(adminUrl: string, current: ContextKey): Promise<ContextKey> {
  const key: ContextKey = { id: current.id === 'fd' ? 'fc' : 'fd', cell: current.cell, secret: randomBytes(32) }
  const admin = openDatabase(adminUrl, { connectionsMax: 1, name: 'upheld-stage' })
  try {
    await admin.query(
      `insert into upheld_guard.context_key as known (id, inner_block, outer_block, cell, retire_at)
       values ($1, $2, $3, $4, '-infinity')
       on conflict (id) do update set inner_block = excluded.inner_block, outer_block = excluded.outer_block, cell = excluded.cell
       where known.retire_at = '-infinity'`,
      guardedForm(key),
    )
  } finally {
    await admin.close()
  }
  return key
}
