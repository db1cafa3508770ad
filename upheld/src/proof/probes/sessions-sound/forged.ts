import { randomBytes } from 'node:crypto'
import { cannotProbe, siteOf } from '../../claims/index.ts'
import { mustOpen, opens, tell, type Ground } from './ground.ts'

/** Tokens that nobody was given: cut, longer, changed, guessed; and the right one where no token belongs. */
export async function attackByToken(ground: Ground): Promise<void> {
  const { somebody, begin, tokenOf, showing, report } = ground
  const browser = await begin(await somebody('forged'))
  const token = tokenOf(browser)
  await mustOpen(browser, 'A session')
  const forged = forgeriesOf(token)
  report.population('kinds of forged tokens', forged.length)
  for (const [how, text] of forged) {
    const saw = (await opens(showing(text))) ? 'it opens the account' : undefined
    tell(report, 'use a token that was never given out', how, saw)
  }
  await elsewhere(ground, token)
  await crossSite(ground, token)
  await mustOpen(browser, 'A session that nobody ended')
}

export function forgeriesOf(token: string): readonly (readonly [how: string, token: string])[] {
  const changedAt = (at: number): string => {
    const letter = token[at] === 'A' ? 'B' : 'A'
    return token.slice(0, at) + letter + token.slice(at + 1)
  }
  return [
    ['nothing', ''],
    ['its first letter', token.slice(0, 1)],
    ['its first half', token.slice(0, 21)],
    ['all but its last letter', token.slice(0, -1)],
    ['all but its first letter', token.slice(1)],
    ['one letter more', `${token}A`],
    ['padding more', `${token}=`],
    ['a space more', `${token}%20`],
    ['a null more', `${token}%00`],
    ['itself twice', token + token],
    ['another first letter', changedAt(0)],
    ['another letter in the middle', changedAt(21)],
    ['another last letter', changedAt(token.length - 1)],
    // The last letter of 43 has two bits that mean nothing: to a decoder these are the same.
    ['the same bits in other letters', aliasOf(token)],
    ['its letters in capitals', token.toUpperCase()],
    ['base64 in place of base64url', Buffer.from(token, 'base64url').toString('base64')],
    ['its bytes in hex', Buffer.from(token, 'base64url').toString('hex')],
    ['a random one', randomBytes(32).toString('base64url')],
    ['zeros', 'A'.repeat(43)],
    ['a pattern', '%25'],
    ['quotation marks', `'or'1'='1`],
  ]
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function aliasOf(token: string): string {
  const last = letters.indexOf(token.at(-1) ?? 'A')
  return token.slice(0, -1) + (letters[last ^ 1] ?? 'A')
}

/** A token counts in its cookie, once, and nowhere else. */
async function elsewhere({ crowd, report }: Ground, token: string): Promise<void> {
  const other = randomBytes(32).toString('base64url')
  const ways: readonly (readonly [how: string, target: string, headers: Readonly<Record<string, string>>])[] = [
    ['in the address', `/account?session=${token}&token=${token}`, {}],
    ['as a bearer', '/account', { authorization: `Bearer ${token}` }],
    ['in a header of its own', '/account', { 'x-session': token, 'x-session-token': token }],
    ['beside another one', '/account', { cookie: `session=${token}; session=${other}; __Host-session=${other}` }],
    ['behind another one', '/account', { cookie: `session=${other}; session=${token}; __Host-session=${other}` }],
    ['under another name', '/account', { cookie: `Session=${token}; sid=${token}; token=${token}` }],
  ]
  for (const [how, target, headers] of ways) {
    const { status } = await crowd.browser().ask('GET', target, { headers })
    if (status === 429 || status >= 500) throw cannotProbe(`An account was answered with ${status}.`)
    tell(report, 'use a token where none belongs', how, status === 200 ? 'it opens the account' : undefined)
  }
}

/** Another site sends a form with the cookies of whoever visits it. */
async function crossSite(ground: Ground, token: string): Promise<void> {
  const { showing, report, world } = ground
  const origin = await siteOf(world)
  const browser = showing(token)
  const [, formToken = ''] = /name="form_token" value="([^"]+)"/.exec((await browser.get('/account')).body) ?? []
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const body = `form_token=${formToken}`
  const ways: readonly (readonly [how: string, headers: Readonly<Record<string, string>>, body: string])[] = [
    ['from another site', { ...type, origin: 'https://elsewhere.example' }, body],
    ['from nowhere', { ...type, origin: 'null' }, body],
    ['without an origin', type, body],
    ['without the token of the form', { ...type, origin }, ''],
    ['with the token of another form', { ...type, origin }, `form_token=${randomBytes(32).toString('base64url')}`],
  ]
  for (const [how, headers, text] of ways) {
    await browser.ask('POST', '/sign-out', { headers, body: text })
    tell(
      report,
      'send a form with the cookies of somebody',
      how,
      (await opens(showing(token))) ? undefined : 'it was done',
    )
  }
}
