import { createHmac, randomBytes } from 'node:crypto'
import { systemClock } from '../../../core/clock.ts'
import type { Database } from '../../../core/ports.ts'
import type { ByHand } from '../attacks/index.ts'
import type { World } from '../../claims/index.ts'

/** A context that was signed for real, to fit any backend, as an attacker could read it out of a session or a log. */
export interface Stolen {
  readonly token: string
  /** The context with the note that was signed with it: without that nothing can be changed, for nobody is known to act. */
  readonly whole: string
  readonly expiresAtMs: number
}

/** Takes a context out of a session, the thief's own unless told otherwise, through the handle, with nothing but SQL. */
export async function steal(world: World, ttlSecs: number, whose = world.thief): Promise<Stolen> {
  const platform = world.open({ pooler: true, contextTtlSecs: ttlSecs, connectionsMax: 1 })
  try {
    const rows = await platform
      .organization(whose)
      .query("select current_setting('upheld.context') as token, current_setting('upheld.note') as note")
    const token = String(rows[0]?.['token'])
    // Good through the second that it names; a little more for two clocks.
    return {
      token,
      whole: `${token}${String(rows[0]?.['note'])}`,
      expiresAtMs: (parseInt(token.slice(36, 44), 16) + 1) * 1000 + 50,
    }
  } finally {
    await platform.close()
  }
}

/** The login by hand with the thief's own context, which is stolen anew before it runs out. */
export function handOf(world: World, login: Database): ByHand {
  let held: Stolen | undefined
  return async work => {
    const now = systemClock.now().getTime()
    if (held === undefined || held.expiresAtMs < now + 120_000) held = await steal(world, 300)
    const { whole } = held
    await login.transaction(async tx => {
      await tx.query('select upheld.enter($1)', [whole])
      // Positive control: where nobody is known to act, every change would be refused for that alone.
      await tx.query('select upheld.actor()')
      await work(tx)
    })
  }
}

/** The same body under the same signature, with another organization in it. */
export function forgedFor(token: string, organizationId: string): string {
  return token.slice(0, 4) + organizationId.replaceAll('-', '') + token.slice(36)
}

/** Forged in every way that does not need the key. */
export function badContexts(token: string, victimId: string): Readonly<Record<string, string>> {
  const body = forgedFor(token, victimId).slice(0, 72)
  const signed = (key: Buffer): string =>
    body + createHmac('sha256', key).update('upheld-context').update(body, 'hex').digest('hex')
  return {
    'empty context': '',
    'truncated context': token.slice(0, 100),
    'context with something behind it': `${token}00`,
    'fields in another order': token.slice(0, 4) + token.slice(36, 72) + token.slice(4, 36) + token.slice(72),
    'context that is no hex': 'x'.repeat(token.length),
    'bare organization id': victimId,
    'victim under the own signature': body + token.slice(72),
    'victim under a random signature': body + randomBytes(32).toString('hex'),
    'victim under an empty signature': body + '0'.repeat(64),
    'victim under an empty key': signed(Buffer.alloc(0)),
    'victim under a key of zeros': signed(Buffer.alloc(32)),
    'own context made to last': token.slice(0, 36) + 'ffffffff' + token.slice(44),
    'own context in another cell': token.slice(0, 44) + 'fffe' + token.slice(48),
    'own context on another backend': token.slice(0, 48) + '00000001' + token.slice(56),
    'unknown key': token.slice(0, 2) + 'fe' + token.slice(4),
    'unknown version': '7f' + token.slice(2),
    'nobody’s context': token.slice(0, 4) + '0'.repeat(32) + token.slice(36),
  }
}
