import { readFileSync } from 'node:fs'
import type { Fact } from '../../adapters/postgres/inspect/index.ts'
import { messageOf } from '../../core/errors.ts'
import { recordReader } from './system/record.ts'
import { withAdmin } from './system/server.ts'
import type { State } from './system/state.ts'

const id = 'evidence.record'

/** Whether the evidence log holds, all of it, and continues the head that this host has seen last. */
export async function recordFact(state: State, adminUrl: string | undefined): Promise<Fact> {
  if (adminUrl === undefined) return { id, ok: 'unknown', says: 'The evidence log cannot be read without its server.' }
  try {
    const reader = recordReader(state.folder, readFileSync(state.evidencePublicKey, 'utf8').trim())
    const { size, signedAt } = await withAdmin(adminUrl, admin => reader.view(admin))
    return { id, ok: true, says: `The evidence log holds: ${size} leaves, signed last at ${signedAt.toISOString()}.` }
  } catch (thrown) {
    const mend = 'Do not repair it: keep a copy, find out who changed it, and say so in public.'
    return { id, ok: false, says: messageOf(thrown), mend }
  }
}
