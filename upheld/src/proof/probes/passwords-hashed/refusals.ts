import { cannotProbe, type Report } from '../../claims/index.ts'
import type { Browser } from '../people/browser.ts'
import type { Crowd } from '../people/crowd.ts'

/** A password that nobody may choose, and why. */
interface Bad {
  readonly why: string
  readonly password: string
}

const listed: readonly Bad[] = [
  { why: 'one that everybody tries first', password: 'qwertyuiopasdfghjkl' },
  { why: 'one of stolen lists', password: '1q2w3e4r5t6y7u8i9o' },
  { why: 'one of stolen lists, in capitals', password: 'IloveYouForever' },
]
const shaped: readonly Bad[] = [
  { why: 'one of fourteen characters', password: 'k7#Qv9!xW2zR$p' },
  { why: 'one word twice', password: 'passwordpassword' },
  { why: 'one letter again and again', password: 'aaaaaaaaaaaaaaaaaaaa' },
  { why: 'one that is longer than any', password: 'nine lanterns '.repeat(80) },
  { why: 'one with a null character', password: 'quiet harbour\0 nine lanterns' },
]

/** What somebody is called, for a password that is made of it. */
const name = 'Robin Quarrelsome'

/** Where a password is set, each is refused; and nothing is kept of whoever tried. */
export async function mustRefuseBad(crowd: Crowd, changing: Browser, old: string, report: Report): Promise<void> {
  const ofContext: readonly Bad[] = [
    { why: 'one made of the person’s name', password: `${name}2026!` },
    { why: 'one made of the person’s name, written backwards', password: 'emoslerrauq-nibor-7' },
    { why: 'one made of the mail address', password: crowd.domain },
  ]
  const all = [...listed, ...shaped, ...ofContext]
  for (const { why, password } of all) {
    const email = crowd.addressOf('refused')
    const answer = await crowd.browser().send('/sign-up', { name, email, password })
    const kept = await crowd.login.query('select 1 as one from upheld_identity.sign_up where email = $1', [email])
    const saw = kept.rows.length > 0 ? 'it was taken' : undefined
    tell(report, `choose ${why}`, 'a sign-up', saw ?? taken(answer.status))
  }
  const some = [...listed, ...shaped]
  for (const { why, password } of some) {
    const answer = await changing.send('/account/password', { old, password })
    tell(report, `choose ${why}`, 'a change', taken(answer.status))
  }
  const { email } = await crowd.member('refusing')
  const browser = crowd.browser()
  await browser.send('/forgot', { email })
  const link = await crowd.linkFor(email)
  for (const { why, password } of some) {
    const answer = await browser.send('/reset', { link, password })
    tell(report, `choose ${why}`, 'a reset', taken(answer.status))
  }
  // The same link takes a good one: it was the password that was refused.
  const { status } = await browser.send('/reset', { link, password: `anew ${old.slice(0, 60)}` })
  if (status !== 303) throw cannotProbe(`A good password is answered with ${status} where bad ones are refused.`)
}

/** Of a form that is shown again because of what was in it. @throws claims.cannot_probe for what no password is refused with */
function taken(status: number): string | undefined {
  if ([400, 413, 422].includes(status)) return undefined
  if (status < 400) return `status ${status}, as for a good one`
  throw cannotProbe(`A password that nobody may choose was answered with ${status}.`)
}

function tell(report: Report, attack: string, where: string, saw: string | undefined): void {
  if (saw === undefined) report.observe(attack, where)
  else report.refute({ attack, where, saw })
}

/** Passwords that are almost the right one, by how they differ. A few at a time: more in a row are told to wait. */
const almost: readonly (readonly (readonly [how: string, of: (password: string) => string])[])[] = [
  [
    ['without its last character', text => text.slice(0, -1)],
    ['cut at 72 bytes', text => Buffer.from(text).subarray(0, 72).toString()],
    ['with one character more', text => `${text}a`],
  ],
  [
    ['in capitals', text => text.toUpperCase()],
    ['without its accents', text => text.normalize('NFKD').replaceAll(/\p{Mark}/gu, '')],
    ['with a space around it', text => ` ${text} `],
  ],
]

/** They open nothing; and the right one does, however a keyboard writes it. */
export async function mustBeWhole(crowd: Crowd, email: string, password: string, report: Report): Promise<void> {
  for (const some of almost) {
    for (const [how, of] of some) {
      const browser = crowd.browser()
      const { status } = await browser.send('/sign-in', { email, password: of(password) })
      const came = browser.cookie('session') !== undefined
      if (!came && status !== 401) throw cannotProbe(`A wrong password was answered with ${status}.`)
      const attack = `sign in with the password ${how}`
      tell(report, attack, 'the sign-in', came ? 'it opened the account' : undefined)
    }
    const browser = crowd.browser()
    await browser.send('/sign-in', { email, password: password.normalize('NFD') })
    const saw = browser.cookie('session') === undefined ? 'the right password was refused' : undefined
    tell(report, 'sign in with the password as another keyboard writes it', 'the sign-in', saw)
  }
}
