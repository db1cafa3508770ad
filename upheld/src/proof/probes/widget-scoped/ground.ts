import { randomBytes } from 'node:crypto'
import { Agent } from 'node:http'
import type { OrganizationId, People } from '../../../index.ts'
import type { DeclaredRoute, Furnishing } from '../../../routes.ts'
import { cannotProbe, siteOf, type Entrance, type PeopleGround, type Report, type World } from '../../claims/index.ts'
import { draftOf, nameOf, written } from '../isolation-routes/draft.ts'
import { rowsOf } from '../isolation-routes/rows.ts'
import { ask, type Answer, type Asked } from '../isolation-routes/wire.ts'

/** What a page sends with its request. */
interface Presented {
  readonly token?: string | undefined
  /** None for a request without the header. */
  readonly origin?: string | undefined
}

/** An organization with pages of its own, a visitor on one of them, and keys of its server. `name`: where they are known. */
export interface Party {
  readonly id: OrganizationId
  /** Stands in everything that the application made for it. */
  readonly mark: string
  readonly furnishing: Furnishing
  /** As the application let them in: they may use all that visitors may. */
  readonly visitor: { readonly token: string; readonly origin: string; readonly name: string | undefined }
  /** Another page that is registered. */
  readonly otherPage: string
  readonly memberId: string
  /** Which may say who a visitor is; which may do something else, and which was revoked. */
  readonly keys: { readonly server: string; readonly other: string | undefined; readonly revoked: string }
}

export interface Ground {
  readonly world: World
  readonly ground: PeopleGround
  readonly report: Report
  readonly people: People
  readonly visitors: NonNullable<People['visitors']>
  /** Of the application, for visitors. */
  readonly routes: readonly DeclaredRoute[]
  /** Everything that is declared for somebody else. */
  readonly closed: readonly DeclaredRoute[]
  readonly house: Party
  readonly other: Party
  /** A request of the route with the identifiers of this party. */
  ask(route: DeclaredRoute, ids: Party, presented: Presented): Promise<Answer>
  /** Any other request. */
  send(asked: Asked): Promise<Answer>
}

const role = 'visitor'

interface Setting {
  readonly ground: PeopleGround
  readonly entrance: Entrance
  readonly report: Report
}

/** Two organizations with everything that visitors need, and all of it taken away again. */
export async function grounded(
  world: World,
  { ground, entrance, report }: Setting,
  work: (ground: Ground) => Promise<void>,
): Promise<void> {
  const [people, platform] = [ground.open(), world.open({ connectionsMax: 2 })]
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const rows = await rowsOf(world)
  const { house, other } = ground.organizations
  const domain = `probe-${randomBytes(8).toString('hex')}.invalid`
  const clear = async (): Promise<void> => {
    for (const id of [house, other]) {
      await rows.clear(platform.organization(id))
      await ground.clear(id)
    }
    await ground.clearPersons(domain)
  }
  const party = async (id: OrganizationId): Promise<Party> => {
    const mark = `canary${randomBytes(6).toString('hex')}`
    const furnishing = await entrance.routes.furnish(platform.organization(id), mark).catch((cause: unknown) => {
      throw cannotProbe('The application could not furnish an organization for the probe.', cause)
    })
    return openParty(people, { id, mark, furnishing }, `server-${mark}@${domain}`)
  }
  try {
    await clear()
    const { visitors } = people
    if (visitors === undefined) throw cannotProbe('The application lets no visitors in.')
    const line = { origin: await world.origin(), agent, signal: report.signal }
    const site = await siteOf(world)
    const send = async (asked: Asked): Promise<Answer> => mustAnswer(asked, await ask(line, asked))
    const own = new Set(people.site.routes.map(nameOf))
    const declared = entrance.routes.declared.filter(route => route.roles !== 'public')
    const forVisitors = (route: DeclaredRoute): boolean => route.roles.includes(role)
    await work({
      world,
      ground,
      report,
      people,
      visitors,
      routes: declared.filter(route => forVisitors(route) && !own.has(nameOf(route))),
      closed: declared.filter(route => !forVisitors(route)),
      house: await party(house),
      other: await party(other),
      send,
      ask: (route, { furnishing }, { token, origin }) =>
        send(withPage(written(draftOf(route, furnishing), undefined, site), { token, origin })),
    })
  } finally {
    agent.destroy()
    if (world.place === 'live') await clear()
    await Promise.all([people.close(), platform.close()])
  }
}

/** A browser names the page that it is on; what is no browser names what it likes, or nothing. */
function withPage(asked: Asked, { token, origin }: Presented): Asked {
  const headers = Object.entries(asked.headers).filter(([name]) => name !== 'origin')
  return {
    ...asked,
    headers: {
      ...Object.fromEntries(headers),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(origin === undefined ? {} : { origin }),
    },
  }
}

async function openParty(
  { identity, keys, origins, access, visitors }: People,
  made: Pick<Party, 'id' | 'mark' | 'furnishing'>,
  email: string,
): Promise<Party> {
  const { id, mark, furnishing } = made
  const { authorization = '', origin } = furnishing.roles[role]?.headers ?? {}
  const [, token] = /^Bearer (\S+)$/.exec(authorization) ?? []
  if (token === undefined || origin === undefined) throw cannotProbe('The application let no visitor in for the probe.')
  const { memberId } = await identity.importMember({ organizationId: id, email, name: mark, roles: ['owner'] })
  const assertScope = visitors?.rules.assertScope ?? ''
  const key = async (name: string, scope: string) =>
    keys.create(id, { memberId }, { name: `${mark} ${name}`, scopes: [scope], days: 1 })
  const otherScope = Object.keys(access.permissions).find(
    name => access.permissions[name]?.keys === true && name !== assertScope,
  )
  const [server, revoked] = [await key('server', assertScope), await key('revoked', assertScope)]
  await keys.revoke(id, { memberId }, revoked.id)
  const otherPage = `https://${mark}.invalid`
  await origins.add(id, { memberId }, otherPage)
  const other = otherScope === undefined ? undefined : (await key('other', otherScope)).key
  return {
    ...made,
    visitor: { token, origin, name: nameIn(token) },
    otherPage,
    memberId,
    keys: { server: server.key, other, revoked: revoked.key },
  }
}

/** What the server of a page calls a visitor whom it knows; undefined for whom nobody knows. */
function nameIn(token: string): string | undefined {
  const said = Buffer.from(token.split('.')[3] ?? '', 'base64url').toString()
  return said.includes('"kind":"known"') ? /"visitor":"([^"]+)"/.exec(said)?.[1] : undefined
}

/** @throws claims.cannot_probe where the service turns many requests away, or fails: nothing is learned then */
function mustAnswer({ method, target }: Asked, answer: Answer): Answer {
  if (answer.status === 429 || answer.status >= 500)
    throw cannotProbe(`${method} ${target.split('?', 1)[0] ?? ''} answered the probe with ${answer.status}.`)
  return answer
}
