import { quoted } from '../seen.ts'
import { valuesOf, type Answer } from '../wire/request.ts'
import { ruleOn, type OutsideHit, type OutsideRule } from '../rule.ts'

const claim = 'headers.graded'

function last(page: Answer, name: string): string | undefined {
  return valuesOf(page, name)
    .flatMap(value => value.split(','))
    .map(value => value.trim().toLowerCase())
    .findLast(value => value !== '')
}

function hit(label: string, saw: string, line: string): OutsideHit {
  return { place: { kind: 'header', label }, saw, mend: [`${label}: ${line}`] }
}

const quietReferrers = new Set([
  'no-referrer',
  'same-origin',
  'strict-origin',
  'strict-origin-when-cross-origin',
  'origin',
  'origin-when-cross-origin',
])

export const headerRules: readonly OutsideRule[] = [
  ruleOn('page', {
    id: 'headers.sniffing',
    claim,
    severity: 'low',
    title: 'Browsers may guess what a file is',
    why: 'An upload that is called an image is run as a script when its content looks like one.',
    *check(page) {
      const value = last(page, 'x-content-type-options')
      if (value === 'nosniff') return
      const saw = value === undefined ? 'The header is absent.' : `It says ${quoted(value)}.`
      yield hit('X-Content-Type-Options', saw, 'nosniff')
    },
  }),
  ruleOn('page', {
    id: 'headers.referrer',
    claim,
    severity: 'low',
    title: 'Other sites learn the full address of the page that somebody came from',
    why: 'Addresses hold names, numbers and sometimes tokens; each link that is followed tells them to a stranger.',
    *check(page) {
      const value = last(page, 'referrer-policy')
      if (value !== undefined && quietReferrers.has(value)) return
      const label = 'Referrer-Policy'
      if (value === undefined) yield hit(label, 'The header is absent.', 'strict-origin-when-cross-origin')
      else
        yield {
          ...hit(label, `It says ${quoted(value)}.`, 'strict-origin-when-cross-origin'),
          ...(value === 'unsafe-url' ? { severity: 'medium' } : {}),
        }
    },
  }),
  ruleOn('page', {
    id: 'headers.permissions',
    claim,
    severity: 'low',
    title: 'Camera, microphone and position are not switched off',
    why: 'A script that is smuggled in, or a frame of somebody else, may ask people for them in your name.',
    *check(page) {
      if (valuesOf(page, 'permissions-policy').some(value => value.trim() !== '')) return
      yield hit('Permissions-Policy', 'The header is absent.', 'camera=(), geolocation=(), microphone=()')
    },
  }),
  ruleOn('page', {
    id: 'headers.opener',
    claim,
    severity: 'low',
    title: 'A page that opens yours keeps a hand on its window',
    why: 'It can lead your window to a copy of your page that asks for a password.',
    *check(page) {
      const value = last(page, 'cross-origin-opener-policy')?.split(';')[0]?.trim()
      if (value !== undefined && /^(same-origin|same-origin-allow-popups|noopener-allow-popups)$/.test(value)) return
      const saw = value === undefined ? 'The header is absent.' : `It says ${quoted(value)}.`
      yield hit('Cross-Origin-Opener-Policy', saw, 'same-origin')
    },
  }),
  ruleOn('page', {
    id: 'headers.resource',
    claim,
    severity: 'low',
    title: 'Other sites may load the answer into their own process',
    why: 'A fault of the processor lets them read what a browser has loaded for them, although it does not show it.',
    *check(page) {
      const value = last(page, 'cross-origin-resource-policy')
      if (value === 'same-origin' || value === 'same-site') return
      const saw = value === undefined ? 'The header is absent.' : `It says ${quoted(value)}.`
      yield hit('Cross-Origin-Resource-Policy', saw, 'same-origin')
    },
  }),
  ruleOn('answers', {
    id: 'headers.banner',
    claim,
    severity: 'low',
    title: 'The answers tell which software runs here, and in which version',
    why: 'When a weakness of that version is published, those who search for it find you first.',
    *check(answers) {
      const told = new Map<string, string>()
      for (const [name, value] of answers.flatMap(answer => answer.headers)) {
        if (banners.has(name) || (name === 'server' && /\d+\.\d/.test(value))) told.set(name, value)
      }
      for (const [name, value] of told) {
        yield {
          place: { kind: 'header', label: name },
          saw: `It says ${quoted(value)}.`,
          mend: [`Do not send ${name}.`],
        }
      }
    },
  }),
]

const banners = new Set([
  'x-powered-by',
  'x-aspnet-version',
  'x-aspnetmvc-version',
  'x-generator',
  'x-runtime',
  'x-drupal-cache',
  'x-php-version',
])
