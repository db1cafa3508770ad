import { html } from 'hono/html'
import type { PageSource, SecurityTxtSource } from '../../proof/claims/index.ts'
import type { Markup } from '../look/index.ts'
import { refuse } from './errors.ts'
import { paths } from './view.ts'

const dayMs = 24 * 60 * 60 * 1000
const validDays = 90
const yearDays = 366
/** From here on the operator is told that it runs out. */
const warnDays = 30

type Page = Pick<PageSource, 'contact' | 'securityTxt'>

export interface SecurityTxtState {
  /** RFC 3339, UTC. */
  readonly expires: string
  readonly state: 'valid' | 'expiring' | 'expired'
}

/**
 * security.txt, RFC 9116. Without an `expires` of its own it runs out 90 days ahead, moving once a day. Canonical and
 * Policy must be https addresses (sections 2.5.2, 2.5.7): without TLS they are left out, and said to be.
 */
export function securityTxt(page: Page, origin: string, nowMs: number): string {
  const { acknowledgments = [], encryption = [], hiring = [], languages = ['en'] } = page.securityTxt ?? {}
  const places = origin.startsWith('https:')
    ? [`Canonical: ${origin}${paths.securityTxt}`, `Policy: ${origin}${paths.page}`]
    : ['# Canonical and Policy are given where this page is served over https, as RFC 9116 demands.']
  const lines = [
    `Contact: ${contactUri(page.contact)}`,
    `Expires: ${expiresMs(page, nowMs).toISOString()}`,
    ...encryption.map(uri => `Encryption: ${uri}`),
    ...acknowledgments.map(uri => `Acknowledgments: ${uri}`),
    `Preferred-Languages: ${languages.join(', ')}`,
    ...places,
    ...hiring.map(uri => `Hiring: ${uri}`),
  ]
  return `${lines.join('\n')}\n`
}

/** How long it counts, for page, feed and whoever runs this. */
export function securityTxtState(page: Page, nowMs: number): SecurityTxtState {
  const expires = expiresMs(page, nowMs)
  const leftMs = expires.getTime() - nowMs
  const state = leftMs <= 0 ? 'expired' : leftMs <= warnDays * dayMs ? 'expiring' : 'valid'
  return { expires: expires.toISOString(), state }
}

/** What an operator is told of it, in one sentence; undefined while it counts for more than 30 days. */
export function securityTxtWarning(page: Page, nowMs: number): string | undefined {
  const { expires, state } = securityTxtState(page, nowMs)
  const day = expires.slice(0, 10)
  if (state === 'valid') return undefined
  const says = state === 'expired' ? `security.txt ran out on ${day}` : `security.txt runs out on ${day}`
  return `${says}. Check its contact, then set a later securityTxt.expires in the application.`
}

/**
 * Refuses fields that RFC 9116 does not allow. One that ran out is no reason not to start: the page says so.
 * @throws trust.bad_contact, trust.bad_security_txt with every problem at once
 */
export function checkSecurityTxt(page: Page, nowMs: number): void {
  contactUri(page.contact)
  const problems = problemsIn(page.securityTxt ?? {}, nowMs)
  if (problems.length > 0) throw refuse.bad_security_txt({ detail: problems.join(' ') })
}

function problemsIn(source: SecurityTxtSource, nowMs: number): string[] {
  const { expires, languages, acknowledgments = [], encryption = [], hiring = [] } = source
  const web = Object.entries({ acknowledgments, hiring }).flatMap(([name, uris]) =>
    uris.filter(uri => !isWeb(uri)).map(uri => `${name}: ${JSON.stringify(uri)} is no https address.`),
  )
  // Section 2.5.4: keys may also be found by DNS, or named by their fingerprint.
  const keys = encryption
    .filter(uri => !isWeb(uri) && !/^(dns:|openpgp4fpr:)[\x21-\x7e]+$/.test(uri))
    .map(uri => `encryption: ${JSON.stringify(uri)} is no https, dns or openpgp4fpr address.`)
  const tags = (languages ?? ['en']).filter(tag => !/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(tag))
  const words = tags.map(tag => `languages: ${JSON.stringify(tag)} is no language tag.`)
  const none = languages?.length === 0 ? ['languages: name one, or leave it out.'] : []
  return [...expiryProblems(expires, nowMs), ...web, ...keys, ...words, ...none]
}

function expiryProblems(expires: string | undefined, nowMs: number): string[] {
  if (expires === undefined) return []
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(expires) ? Date.parse(expires) : NaN
  if (Number.isNaN(at)) return [`expires: ${JSON.stringify(expires)} is no date as RFC 3339 writes it.`]
  return at - nowMs > yearDays * dayMs ? [`expires: ${expires} is more than a year away.`] : []
}

function isWeb(uri: string): boolean {
  return /^https:\/\/[\x21-\x7e]+$/.test(uri) && URL.canParse(uri)
}

function expiresMs({ securityTxt: source }: Page, nowMs: number): Date {
  return source?.expires === undefined
    ? new Date((Math.floor(nowMs / dayMs) + validDays) * dayMs)
    : new Date(source.expires)
}

/**
 * The contact as an address: a bare mail address gets its scheme.
 * @throws trust.bad_contact for anything that could smuggle in a line, or a script where it is shown as a link
 */
function contactUri(contact: string): string {
  const uri = /^[^\s:/@]+@[^\s:/@]+$/.test(contact) ? `mailto:${contact}` : contact
  if (!/^(mailto:|tel:|https:\/\/)[\x21-\x7e]+$/.test(uri))
    throw refuse.bad_contact({ detail: JSON.stringify(contact) })
  return uri
}

export function contactLink(contact: string): Markup {
  const uri = contactUri(contact)
  return html`<a href="${uri}">${uri.replace(/^(mailto:|tel:|https:\/\/)/, '')}</a>`
}
