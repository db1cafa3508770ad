import { createHmac, randomBytes } from 'node:crypto'
import type { DeclaredRoute } from '../../../routes.ts'
import { nameOf } from '../isolation-routes/draft.ts'
import type { Ground } from './ground.ts'
import { mustRefuse } from './judged.ts'

type Named = readonly [attack: string, token: string]

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** Every so many letters of a token one is changed, and from another place on each time. */
const step = 17

/** A token that was changed, cut, made longer, put together of two, or written by somebody else. */
export async function attackForged(ground: Ground, route: DeclaredRoute): Promise<void> {
  const { house, other } = ground
  const { token, origin } = house.visitor
  for (const [attack, forged] of [
    ...altered(token),
    ...extended(token),
    ...joined(token, other.visitor.token),
    ...rewritten(token, other.id),
    ...foreignWords(ground),
  ]) {
    if (forged === token) continue
    const answer = await ground.ask(route, house, { token: forged, origin })
    mustRefuse(ground, answer, { attack, where: nameOf(route) })
  }
}

function* altered(token: string): Generator<Named> {
  const start = randomBytes(1).readUInt8() % step
  for (let at = start; at < token.length; at += step) {
    const letter = token.charAt(at)
    const next = digits[(digits.indexOf(letter) + 1 + (at % 61)) % 64] ?? 'A'
    yield ['change a token', `${token.slice(0, at)}${next}${token.slice(at + 1)}`]
  }
  // Bits that stand for no byte at the end of base64 must not stand for the same token.
  const last = digits.indexOf(token.slice(-1))
  for (const bit of [1, 2]) yield ['change a token', `${token.slice(0, -1)}${digits[last ^ bit] ?? 'A'}`]
  for (const length of [0, 10, token.lastIndexOf('.'), token.length - 1]) yield ['cut a token', token.slice(0, length)]
}

function* extended(token: string): Generator<Named> {
  for (const more of ['A', '=', '.', '.A', `.${token}`, '%00']) yield ['make a token longer', `${token}${more}`]
  yield ['make a token longer', `A${token}`]
}

/** Parts of two tokens that are both good. */
function* joined(ours: string, theirs: string): Generator<Named> {
  const [a, b] = [ours.split('.'), theirs.split('.')]
  for (const at of [1, 3, 4])
    yield ['put two tokens together', a.map((part, index) => (index === at ? b[at] : part)).join('.')]
}

/** What it says, written anew: to last for ever, to be somebody else, to be of another organization, to do more. */
function* rewritten(token: string, organization: string): Generator<Named> {
  const [form = '', id = '', version = '', body = '', signature = ''] = token.split('.')
  const said: unknown = JSON.parse(Buffer.from(body, 'base64url').toString())
  const write = (more: object): string =>
    Buffer.from(JSON.stringify({ ...Object(said), ...more })).toString('base64url')
  const bodies = [{ ends: 4_102_444_800 }, { visitor: 'admin', kind: 'known' }, { scopes: ['*'] }, {}].map(write)
  for (const one of bodies) {
    yield ['write a token anew', [form, id, version, one, signature].join('.')]
    for (const key of ['', 'secret', id, version])
      yield ['sign a token', sealed([form, id, version, one].join('.'), key)]
  }
  yield ['write another organization into a token', token.replace(id, organization.replaceAll('-', ''))]
  for (const one of ['0', '2', '999999999'])
    yield ['write another key into a token', [form, id, one, body, signature].join('.')]
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url')
  yield ['say a token without a signature', `${header}.${body}.`]
  yield ['say a token without a signature', [form, id, version, body, ''].join('.')]
}

function sealed(signed: string, key: string): string {
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}

/** What opens something else. */
function* foreignWords({ house, other }: Ground): Generator<Named> {
  yield ['use a key in the place of a token', house.keys.server]
  yield ['use a key in the place of a token', other.keys.server]
  yield ['make a token up', randomBytes(120).toString('base64url')]
  yield ['make a token up', house.id]
}
