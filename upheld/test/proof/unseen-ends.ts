import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sabotage } from '../../src/index.ts'
import { served, trigger, unseenIn, withSql } from './unseen.ts'

// Ways to spoil sessions that their claim does not know of.

const unseen = unseenIn(import.meta.url)

export const unseenSessions: readonly Sabotage[] = [
  unseen('cookie-logged', twin =>
    served(twin, {}, async (request, answer) => {
      const line = `${request.method} ${request.headers.get('cookie') ?? '-'}\n`
      appendFileSync(join(twin.logFolder, 'app.log'), line, { mode: 0o600 })
      return answer(request)
    }),
  ),
  unseen('cut-to-length', twin =>
    served(twin, {}, async (request, answer) => {
      const headers = new Headers(request.headers)
      const cookie = headers.get('cookie') ?? ''
      headers.set('cookie', cookie.replace(/(session=[A-Za-z0-9_-]{43})[^;]*/, '$1'))
      const { method, url } = request
      const body = request.body === null ? {} : { body: await request.text() }
      return answer(new Request(url, { method, headers, ...body }))
    }),
  ),
]

const outliving = (which: string): string =>
  trigger('outlive', 'upheld_identity.session', 'delete', `if ${which} then return null; end if; return old;`)

const stored = (token: string): Buffer => createHash('sha256').update(`session\n${token}`).digest()

/** What a session ends by, and what is told from one token of another. */
export const unseenEnds: readonly Sabotage[] = [
  unseen('passkeys-outlive', twin => withSql(twin, outliving(`'passkey' = any (old.methods)`))),
  unseen('old-ones-outlive', twin => withSql(twin, outliving(`old.created_at < now() - interval '1 hour'`))),
  unseen('revived', twin =>
    withSql(
      twin,
      `create table public.before (like upheld_identity.session);
       ${trigger(
         'remember',
         'upheld_identity.session',
         'delete',
         `insert into public.before select (old).*; return old;`,
       )};
       ${trigger(
         'revive',
         'upheld_identity.person',
         'update of disabled_at',
         `if new.disabled_at is null then insert into upheld_identity.session select * from public.before b where b.person_id = new.id; end if; return new;`,
       )}`,
    ),
  ),
  unseen('open-after-proof', twin =>
    served(twin, {}, async (request, answer) => {
      const response = await answer(request)
      if (!/confirm|password/.test(new URL(request.url).pathname)) return response
      const lines = response.headers.getSetCookie()
      response.headers.delete('set-cookie')
      for (const line of lines) response.headers.append('set-cookie', line.replace(/;\s*HttpOnly/i, ''))
      return response
    }),
  ),
  unseen('half-random', twin =>
    served(twin, {
      identity: sound => {
        const same = randomBytes(32).toString('base64url').slice(0, 30)
        return {
          ...sound,
          async signIn(...given) {
            const arrival = await sound.signIn(...given)
            if (arrival.needs !== 'nothing') return arrival
            const token = same + arrival.token.slice(same.length)
            await twin.admin.query('update upheld_identity.session set token_hash = $2 where token_hash = $1', [
              stored(arrival.token),
              stored(token),
            ])
            return { ...arrival, token }
          },
        }
      },
    }),
  ),
]
