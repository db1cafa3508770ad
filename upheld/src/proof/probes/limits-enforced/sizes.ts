import { aside, filled, isForm, judgeRefusal, judgeSteady, nameOf, patience, send, type Ground } from './ground.ts'
import { poured } from './pouring.ts'

const filler = (bytes: number): string => 'x'.repeat(bytes)
const formType = 'application/x-www-form-urlencoded'

/** Bodies beyond what any page takes: of 100 KB, of 10 MB announced, and without a length. */
export async function attackBySize(ground: Ground): Promise<void> {
  const { formToken, street, inside, routes } = ground
  for (const route of routes.filter(({ method }) => method !== 'GET' && method !== 'OPTIONS' && method !== 'DELETE')) {
    const where = nameOf(route)
    const form = isForm(route)
    const type = form ? formType : 'application/json'
    const large = form ? `form_token=${formToken}&password=${filler(100_000)}` : `{"name":"${filler(100_000)}"}`
    judgeRefusal(ground, 'a body of 100 KB', where, await send(ground, route, large, type))
    if (route.method !== 'POST') continue
    const cookie = `session=${inside.cookie('session') ?? ''}; organization=${ground.crowd.house}`
    const headers = { 'content-type': type, origin: street.site, cookie }
    const huge = {
      path: filled(route),
      headers,
      part: Buffer.from(`form_token=${formToken}&password=${filler(8_000)}`),
    }
    const announced = await heard(ground, { ...huge, length: 10_000_000, partsMax: 1 })
    judgeRefusal(ground, 'a body that announces 10 MB', where, { status: announced, body: 'read no further' })
    const endless = await heard(ground, { ...huge, partsMax: 1_250 })
    judgeRefusal(ground, 'a body of 10 MB without a length', where, { status: endless, body: 'read no further' })
  }
}

/** Silence is a finding where pages answer otherwise. @throws claims.cannot_probe where they do not */
async function heard(ground: Ground, pouring: Parameters<typeof poured>[1]): Promise<number> {
  const status = await poured(ground, pouring)
  if (status === 0) await patience(ground)
  return status
}

/** Fields without number, fields that come twice, and forms that are none. */
export async function attackByFields(ground: Ground): Promise<void> {
  const { formToken, routes } = ground
  const many = (count: number): string => Array.from({ length: count }, (_, n) => `f${n}=1`).join('&')
  for (const route of routes.filter(isForm)) {
    const where = nameOf(route)
    const token = `form_token=${formToken}`
    for (const [attack, body] of [
      ['a form of 1,000 fields', `${token}&${many(1_000)}`],
      ['a form of 10,000 fields', `${token}&${many(10_000)}`],
      ['a field that comes twice', `${token}&email=a&email=b`],
    ] as const)
      judgeRefusal(ground, attack, where, await send(ground, route, body))
    judgeRefusal(ground, 'a body that is no form', where, await send(ground, route, '{}', 'application/json'))
  }
}

const names = ['email', 'password', 'name', 'link', 'totp', 'recovery', 'next', 'work', 'passkey', '__proto__'] as const
const odd: readonly (readonly [attack: string, value: string, of: readonly string[]])[] = [
  ['a value of 8,000 letters', filler(8_000), names],
  ['a value with a null character', 'a\u0000b@example.invalid', names],
  ['JSON of 4,000 levels', `${'['.repeat(4_000)}${']'.repeat(4_000)}`, ['passkey']],
]

/** What strangers can send to the forms at the door, each field too long, unreadable, or of another kind. */
export async function attackByValues(ground: Ground): Promise<void> {
  const { crowd, routes } = ground
  const stranger = crowd.browser()
  for (const route of routes.filter(one => isForm(one) && one.roles === 'public')) {
    const where = nameOf(route)
    for (const [attack, value, of] of odd)
      for (const name of of) {
        const answer = await aside(stranger, once => once.send(filled(route), { [name]: value }))
        judgeSteady(ground, attack, where, answer)
      }
  }
  const given = { email: crowd.addressOf('nobody'), password: filler(8_000) }
  const { status } = await stranger.send('/sign-in', given)
  const [attack, where] = ['a password of 8,000 letters', 'POST /sign-in']
  if (status === 413) ground.report.observe(attack, where)
  else ground.report.refute({ attack, where, saw: `status ${status}: it was tried like any other` })
}

/** Addresses and headers as long as they get, at every route. */
export async function attackByHeaders(ground: Ground): Promise<void> {
  const { inside, crowd, routes } = ground
  const stranger = crowd.browser()
  const cookies = Array.from({ length: 900 }, (_, n) => `c${n}=session`).join('; ')
  for (const route of routes) {
    const where = nameOf(route)
    const path = filled(route)
    const asked = (query: string, headers: Readonly<Record<string, string>>) =>
      aside(stranger, once => once.ask(route.method, `${path}${query}`, { headers }))
    judgeSteady(ground, 'an address of 10 KB', where, await asked(`?next=/${filler(5_000)}&link=${filler(5_000)}`, {}))
    judgeSteady(ground, '900 cookies', where, await asked('', { cookie: cookies }))
    const { status } = await asked('', { 'x-filler': filler(20_000) })
    judgeRefusal(ground, 'headers of 20 KB', where, { status, body: 'by the status' })
    if (route.method === 'GET' && !path.includes('callback'))
      judgeSteady(
        ground,
        'an address of 10 KB, inside',
        where,
        await aside(inside, once => once.get(`${path}?next=/${filler(10_000)}`)),
      )
  }
}
