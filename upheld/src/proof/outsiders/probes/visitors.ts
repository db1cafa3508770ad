import type { Credentials, DeclaredRoute } from '../../../routes.ts'
import { forgeriesOf, writes } from '../../probes/index.ts'
import type { GrantedSide } from '../grant.ts'
import { asked, mustTell, plainName, showing, type Ground } from './ground.ts'

interface Visitor {
  readonly role: string
  readonly side: GrantedSide
  readonly origin: string
  readonly token: string
  readonly credentials: Credentials
}

/** Another writing of the same bytes is none of another token; what is cut, longer or changed is. */
const forged = new Set([
  'its first letter',
  'its first half',
  'all but its first letter',
  'itself twice',
  'another first letter',
  'another letter in the middle',
  'its letters in capitals',
  'a random one',
  'zeros',
  'quotation marks',
])

/** `widget.scoped` as far as it goes over HTTP: the token of a visitor, in every hand and place but the right one. */
export async function probeVisitors(ground: Ground): Promise<void> {
  const a = await ground.handed.renew()
  const all = [a, ground.handed.grant.b].flatMap(visitorsOf)
  ground.report.population('visitors', all.length)
  for (const visitor of all) {
    const route = showing(ground, visitor.role)
    await mustTell(ground, route, visitor.side, visitor.credentials)
    const other = all.find(one => one.side !== visitor.side)
    for (const [attack, credentials] of misuses(visitor, other))
      await mustRefuse(ground, visitor, route, attack, credentials)
    const members = ground.handed.grant.routes.find(
      one => !writes(one) && one.honest !== false && one.roles !== 'public' && !one.roles.includes(visitor.role),
    )
    if (members !== undefined)
      await mustRefuse(ground, visitor, members, 'where only members may go', visitor.credentials)
    await mustTell(ground, route, visitor.side, visitor.credentials)
  }
}

function visitorsOf(side: GrantedSide): readonly Visitor[] {
  return Object.entries(side.roles).flatMap(([role, credentials]) => {
    const { origin, authorization } = credentials.headers
    const token = /^Bearer (\S{20,})$/.exec(authorization ?? '')?.[1]
    return origin === undefined || token === undefined ? [] : [{ role, side, origin, token, credentials }]
  })
}

type Misuse = readonly [attack: string, credentials: Credentials]

function misuses({ origin, token, credentials }: Visitor, other: Visitor | undefined): readonly Misuse[] {
  const rest = Object.fromEntries(Object.entries(credentials.headers).filter(([name]) => name !== 'origin'))
  const bearer = (text: string) => ({ headers: { ...credentials.headers, authorization: `Bearer ${text}` } })
  return [
    ['on another page', { headers: { ...rest, origin: 'https://elsewhere.example' } }],
    ['on a page below it in the names', { headers: { ...rest, origin: `${origin}.elsewhere.example` } }],
    ['on a page without a name', { headers: { ...rest, origin: 'null' } }],
    ['on a page over http', { headers: { ...rest, origin: origin.replace(/^https:/, 'http:') } }],
    ['as a cookie', { headers: { origin, cookie: `session=${token}; __Host-session=${token}` } }],
    ['without its kind', { headers: { origin, authorization: token } }],
    ...forgeriesOf(token).flatMap(([how, text]): Misuse[] =>
      forged.has(how) ? [[`altered: ${how}`, bearer(text)]] : [],
    ),
    ...(other === undefined
      ? []
      : [['on the page of the other organization', { headers: { ...rest, origin: other.origin } }] satisfies Misuse]),
  ]
}

async function mustRefuse(
  ground: Ground,
  { role, side }: Visitor,
  route: DeclaredRoute,
  attack: string,
  credentials: Credentials,
): Promise<void> {
  const where = `${plainName(role)} of ${side === ground.handed.grant.b ? 'the other' : 'the one'}`
  const { status, body } = await asked(ground, route, side, credentials)
  if (status < 300 || body.includes(side.mark))
    ground.report.refute({ attack, where, saw: `status ${status}: it lets in` })
  else ground.report.observe(attack, where)
}
