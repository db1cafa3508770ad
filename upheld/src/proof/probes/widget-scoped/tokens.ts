import { systemClock } from '../../../core/clock.ts'
import { cannotProbe } from '../../claims/index.ts'
import type { Answer } from '../isolation-routes/wire.ts'
import type { Ground, Party } from './ground.ts'

/** The ways on which a page or a server gets a token, asked for as they ask. */

const paths = { begin: '/visitors', renew: '/visitors/renew', assert: '/visitors/assert' } as const
export const ways = Object.freeze({
  begin: `POST ${paths.begin}`,
  renew: `POST ${paths.renew}`,
  assert: `POST ${paths.assert}`,
})

type Send = Pick<Ground, 'send'>

export function begin(
  { send }: Send,
  { id }: Pick<Party, 'id'>,
  origin: string | undefined,
  method = 'POST',
): Promise<Answer> {
  return send({
    method,
    target: `${paths.begin}?organization=${id}`,
    headers: {
      ...(origin === undefined ? {} : { origin }),
      ...(method === 'OPTIONS' ? { 'access-control-request-method': 'POST' } : {}),
    },
  })
}

export function renew(
  { send }: Send,
  { id }: Pick<Party, 'id'>,
  token: string,
  origin: string | undefined,
): Promise<Answer> {
  return send({
    method: 'POST',
    target: `${paths.renew}?organization=${id}`,
    headers: { authorization: `Bearer ${token}`, ...(origin === undefined ? {} : { origin }) },
  })
}

export interface Said {
  readonly visitor: string
  readonly origin: string
  readonly scopes?: readonly string[]
}

export function sayWho({ send }: Send, key: string | undefined, said: Said): Promise<Answer> {
  return send({
    method: 'POST',
    target: paths.assert,
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(said),
  })
}

interface Made {
  readonly token: string
  /** How long it is good, in ms. */
  readonly lifeMs: number
}

/** Positive control: whoever asks rightly gets a token. @throws claims.cannot_probe */
export function mustGive(what: string, { status, body }: Answer): Made {
  const [, token] = /"token":"([^"]+)"/.exec(body) ?? []
  const [, ends] = /"expiresAt":"([^"]+)"/.exec(body) ?? []
  if (status !== 201 || token === undefined || ends === undefined)
    throw cannotProbe(`${what} gives no token: ${status}.`)
  return { token, lifeMs: Date.parse(ends) - systemClock.now().getTime() }
}

/** A visitor whom the server of this party knows, on its page, with these scopes. */
export async function known(ground: Send, { keys, visitor }: Party, name: string, scopes: readonly string[]) {
  const answer = await sayWho(ground, keys.server, { visitor: name, origin: visitor.origin, scopes })
  return mustGive(ways.assert, answer).token
}
