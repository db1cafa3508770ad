import type { Credentials, DeclaredRoute } from '../../../routes.ts'
import { cannotProbe } from '../../claims/index.ts'
import { forgeriesOf, written, type Answer } from '../../probes/index.ts'
import type { GrantedSide } from '../grant.ts'
import { asked, mustTell, plainName, showing, type Ground } from './ground.ts'

interface Session {
  readonly role: string
  readonly credentials: Credentials
  readonly token: string
}

/** `sessions.sound` as far as it goes over HTTP: tokens that were never given, elsewhere, led astray, and used again. */
export async function probeSessions(ground: Ground): Promise<void> {
  const { report, handed } = ground
  const { a, b } = { a: await handed.renew(), b: handed.grant.b }
  // A role that may see nothing shows nothing.
  const seeing = new Set(handed.grant.routes.flatMap(({ method, roles }) => (method === 'GET' ? roles : [])))
  const sessions = sessionsOf(a).filter(({ role }) => seeing.has(role))
  report.population('sessions', sessions.length)
  for (const session of sessions) {
    const route = showing(ground, session.role)
    await mustTell(ground, route, a, session.credentials)
    for (const [how, token] of forgeriesOf(session.token))
      await mustStayOut(ground, route, a, session, [`a token that was never given: ${how}`, withToken(session, token)])
    for (const [how, credentials] of elsewhere(session))
      await mustStayOut(ground, route, a, session, [`a token where none belongs: ${how}`, credentials])
    await astray(ground, route, { from: a, to: b }, session)
    await mustTell(ground, route, a, session.credentials)
  }
  await usedAgain(ground, a, sessions[0])
}

function sessionsOf({ roles, organization }: GrantedSide): readonly Session[] {
  return Object.entries(roles).flatMap(([role, credentials]) => {
    const values = (credentials.headers['cookie'] ?? '').split(';').map(pair => pair.split('=').slice(1).join('='))
    const [token] = values.filter(value => value.length >= 20 && value !== organization)
    return token === undefined ? [] : [{ role, credentials, token }]
  })
}

function withToken({ credentials, token }: Session, other: string): Credentials {
  const cookie = (credentials.headers['cookie'] ?? '').replaceAll(token, other)
  return { ...credentials, headers: { ...credentials.headers, cookie } }
}

function elsewhere(session: Session): readonly (readonly [how: string, credentials: Credentials])[] {
  const { credentials, token } = session
  const { cookie = '', ...rest } = credentials.headers
  const without = withToken(session, '').headers['cookie'] ?? ''
  return [
    ['as a bearer', { headers: { ...rest, cookie: without, authorization: `Bearer ${token}` } }],
    ['in a header of its own', { headers: { ...rest, cookie: without, 'x-session': token } }],
    ['under another name', { headers: { ...rest, cookie: cookie.replaceAll(/(^|; )(__Host-)?(\w+)=/g, '$1x$3=') } }],
    [
      'as a basic password',
      { headers: { ...rest, authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` } },
    ],
  ]
}

async function mustStayOut(
  ground: Ground,
  route: DeclaredRoute,
  own: GrantedSide,
  { role }: Session,
  [attack, credentials]: readonly [attack: string, credentials: Credentials],
): Promise<void> {
  const where = plainName(role)
  const answer = await asked(ground, route, own, credentials)
  if (answer.status < 300 || tells(answer, own))
    ground.report.refute({ attack, where, saw: `status ${answer.status}: it lets in` })
  else ground.report.observe(attack, where)
}

function tells({ headers, body }: Answer, { mark }: GrantedSide): boolean {
  return [body, ...Object.values(headers)].some(text => text.includes(mark))
}

/** The session is ours; what says for which organization names the other one. */
async function astray(
  ground: Ground,
  route: DeclaredRoute,
  { from, to }: { readonly from: GrantedSide; readonly to: GrantedSide },
  { role, credentials }: Session,
): Promise<void> {
  const attack = 'our session, for their organization'
  const headers = Object.fromEntries(
    Object.entries(credentials.headers).map(([name, text]) => [
      name,
      text.replaceAll(from.organization, to.organization),
    ]),
  )
  const answer = await asked(ground, route, to, { ...credentials, headers })
  const where = plainName(role)
  if (tells(answer, to)) ground.report.refute({ attack, where, saw: 'their text came with the answer' })
  else ground.report.observe(attack, where)
}

/** After signing out the same token lets nobody in. */
async function usedAgain(ground: Ground, own: GrantedSide, session: Session | undefined): Promise<void> {
  if (session === undefined) return
  const { line, handed } = ground
  const route = showing(ground, session.role)
  const draft = { method: 'POST', path: handed.grant.sign_out, query: [], headers: {}, cookies: {}, form: [] }
  const left = await line.ask(written(draft, session.credentials, line.origin))
  if (left.status >= 400) throw cannotProbe(`Signing out is answered with ${left.status}.`)
  await mustStayOut(ground, route, own, session, ['a token after signing out', session.credentials])
}
