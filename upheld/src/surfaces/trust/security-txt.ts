import { html } from 'hono/html'
import type { Clock } from '../../core/clock.ts'
import type { Markup } from '../look/index.ts'
import { refuse } from './errors.ts'
import { paths } from './view.ts'

const dayMs = 24 * 60 * 60 * 1000
const validDays = 90

/**
 * security.txt, RFC 9116. Expires 90 days ahead (section 2.5.5 recommends less than a year), moving once a day.
 * Canonical and Policy must be https addresses (sections 2.5.2, 2.5.7): without TLS they are left out, and said to be.
 */
export function securityTxt(options: {
  readonly contact: string
  readonly origin: string
  readonly clock: Clock
}): string {
  const expires = new Date((Math.floor(options.clock.now().getTime() / dayMs) + validDays) * dayMs)
  const places = options.origin.startsWith('https:')
    ? [`Canonical: ${options.origin}${paths.securityTxt}`, `Policy: ${options.origin}${paths.page}`]
    : ['# Canonical and Policy are given where this page is served over https, as RFC 9116 demands.']
  const lines = [
    `Contact: ${contactUri(options.contact)}`,
    `Expires: ${expires.toISOString()}`,
    'Preferred-Languages: en',
    ...places,
  ]
  return `${lines.join('\n')}\n`
}

/**
 * The contact as an address: a bare mail address gets its scheme.
 * @throws trust.bad_contact for anything that could smuggle in a line, or a script where it is shown as a link
 */
export function contactUri(contact: string): string {
  const uri = /^[^\s:/@]+@[^\s:/@]+$/.test(contact) ? `mailto:${contact}` : contact
  if (!/^(mailto:|tel:|https:\/\/)[\x21-\x7e]+$/.test(uri))
    throw refuse.bad_contact({ detail: JSON.stringify(contact) })
  return uri
}

export function contactLink(contact: string): Markup {
  const uri = contactUri(contact)
  return html`<a href="${uri}">${uri.replace(/^(mailto:|tel:|https:\/\/)/, '')}</a>`
}
