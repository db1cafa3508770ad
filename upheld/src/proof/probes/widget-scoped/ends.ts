import { systemClock } from '../../../core/clock.ts'
import type { People } from '../../../index.ts'
import type { DeclaredRoute } from '../../../routes.ts'
import { cannotProbe } from '../../claims/index.ts'
import { nameOf, placesOf } from '../isolation-routes/draft.ts'
import type { Ground } from './ground.ts'
import { mustRefuse } from './judged.ts'
import { mustWork } from './scopes.ts'
import { begin, mustGive, renew, sayWho, ways, type Said } from './tokens.ts'

/** A token whose time is over, and one whose time has not come: made as by a host whose clock says so. */
export async function attackTimes(ground: Ground, routes: readonly DeclaredRoute[]): Promise<void> {
  const { house, visitors } = ground
  const { name = 'probe-a', origin } = house.visitor
  const { lifeMs } = mustGive(ways.begin, await begin(ground, house, origin))
  const asserted = mustGive(ways.assert, await sayWho(ground, house.keys.server, { visitor: name, origin }))
  mustBeShort(ground, ways.begin, lifeMs)
  mustBeShort(ground, ways.assert, asserted.lifeMs)
  let shiftMs = 0
  const clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + shiftMs) }
  const elsewhere = ground.ground.open({ clock })
  try {
    const opening = await elsewhere.keys.open({
      authorization: `Bearer ${house.keys.server}`,
      target: '/',
      address: '127.0.0.1',
    })
    const made = async (ms: number): Promise<string> => {
      shiftMs = ms
      if (!opening.opened || elsewhere.visitors === undefined) return ''
      return (await elsewhere.visitors.assert(opening, { visitor: name, origin, scopes: [...visitors.rules.scopes] }))
        .token
    }
    const almost = await made(-lifeMs + 30_000)
    const [over, longOver, early] = [await made(-lifeMs - 2_000), await made(-3 * lifeMs), await made(300_000)]
    for (const route of routes) {
      const where = nameOf(route)
      const spent = async (attack: string, one: string): Promise<void> =>
        mustRefuse(ground, await ground.ask(route, house, { token: one, origin }), { attack, where })
      // Half a minute before its end it is good; but for things of a visitor whom nobody can be made to be again.
      if (placesOf(route).length === 0 || house.visitor.name !== undefined) await mustWork(ground, route, house, almost)
      await spent('use a token after its end', over)
      await spent('use a token after its end', longOver)
      await spent('use a token before its time', early)
    }
    mustRefuse(ground, await renew(ground, house, over, origin), {
      attack: 'renew a token after its end',
      where: ways.renew,
    })
    // A visit that began half a day ago, renewed by another host as often as it took: it has two minutes left.
    if (elsewhere.visitors === undefined) return
    shiftMs = visitMs.left - visitMs.all
    let last = (await elsewhere.visitors.begin(house.id, origin)).token
    for (; shiftMs < 0; shiftMs = Math.min(0, shiftMs + Math.max(30_000, lifeMs - 30_000)))
      last = await renewed(elsewhere, last, origin)
    const old = await renew(ground, house, last, origin)
    if (old.status >= 400) return mustRefuse(ground, old, { attack: 'go on with a visit for ever', where: ways.renew })
    const left = mustGive(ways.renew, old).lifeMs
    if (left <= 2 * visitMs.left) ground.report.observe('go on with a visit for ever', ways.renew)
    else ground.report.refute({ attack: 'go on with a visit for ever', where: ways.renew, saw: saidSecs(left) })
  } finally {
    await elsewhere.close()
  }
}

/** As long as a visit may be renewed, and what is left of it when it is tried. */
const visitMs = { all: 12 * 3_600_000, left: 120_000 } as const
/** No token is good for longer than half an hour, whatever an application wants. */
const lifeMsMax = 31 * 60_000

function mustBeShort({ report }: Ground, where: string, lifeMs: number): void {
  const attack = 'get a token that lasts'
  if (lifeMs <= lifeMsMax) report.observe(attack, where)
  else report.refute({ attack, where, saw: saidSecs(lifeMs) })
}

function saidSecs(ms: number): string {
  return `good for ${Math.round(ms / 1000)} seconds`
}

async function renewed({ visitors }: People, token: string, origin: string): Promise<string> {
  const given = await visitors?.renew({ authorization: `Bearer ${token}`, origin })
  if (given === undefined || !('token' in given)) throw cannotProbe('A visit could not be renewed on its way.')
  return given.token
}

/** Whoever may not have a token gets none: another page, another organization, without a key or with the wrong one. */
export async function attackWays(ground: Ground): Promise<void> {
  const { house, other, visitors, people } = ground
  const { origin } = house.visitor
  const first = mustGive(ways.begin, await begin(ground, house, origin)).token
  mustGive(ways.renew, await renew(ground, house, first, origin))
  const said: Said = { visitor: 'probe-a', origin }
  const someone = mustGive(ways.assert, await sayWho(ground, house.keys.server, said)).token
  const pages = [undefined, 'null', '*', 'https://evil.invalid', other.otherPage, `${origin}.evil.invalid`]
  for (const page of pages) {
    const answer = await begin(ground, house, page)
    mustRefuse(ground, answer, { attack: 'ask for a token on another page', where: ways.begin })
    mustRefuse(ground, await renew(ground, house, first, page), {
      attack: 'renew a token on another page',
      where: ways.renew,
    })
  }
  // The same page, registered by both: it is the organization that differs.
  await people.origins.add(other.id, { memberId: other.memberId }, origin)
  const theirs = mustGive(ways.begin, await begin(ground, other, origin)).token
  for (const token of [someone, theirs, `${first}A`, house.keys.server, ''])
    mustRefuse(ground, await renew(ground, house, token, origin), {
      attack: 'renew what is not to be renewed',
      where: ways.renew,
    })
  const tries: readonly (readonly [key: string | undefined, said: Said])[] = [
    [undefined, said],
    [house.keys.revoked, said],
    ...(house.keys.other === undefined ? [] : [[house.keys.other, said] as const]),
    [first, said],
    [house.keys.server, { ...said, origin: 'https://evil.invalid' }],
    [house.keys.server, { ...said, origin: other.otherPage }],
    [house.keys.server, { ...said, scopes: [...visitors.rules.scopes, 'organization.keys'] }],
    [house.keys.server, { ...said, visitor: 'anonymous:1' }],
  ]
  for (const [key, one] of tries)
    mustRefuse(ground, await sayWho(ground, key, one), { attack: 'say who a visitor is', where: ways.assert })
}

/** A page that is registered no more, and keys that sign no more. The last attack: nothing is good afterwards. */
export async function attackEnds(ground: Ground, routes: readonly DeclaredRoute[]): Promise<void> {
  const { house, people, visitors } = ground
  const { token, origin } = house.visitor
  const by = { memberId: house.memberId }
  const refusedEverywhere = async (attack: string): Promise<void> => {
    for (const route of routes)
      mustRefuse(ground, await ground.ask(route, house, { token, origin }), { attack, where: nameOf(route) })
  }
  await people.origins.remove(house.id, by, origin)
  await refusedEverywhere('use a token of a page that was removed')
  await people.origins.add(house.id, by, origin)
  await visitors.rotate(house.id, by, 'overlap')
  for (const route of routes) await mustWork(ground, route, house, token)
  await visitors.rotate(house.id, by, 'at-once')
  await refusedEverywhere('use a token whose key was ended')
}
