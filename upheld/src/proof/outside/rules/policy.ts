import { hostless, keywordsIn, policiesOf, sourcesFor, type Policies } from '../csp.ts'
import { quoted } from '../seen.ts'
import { ruleOn, type OutsideHit, type OutsideRule } from '../rule.ts'

const claim = 'headers.graded'
const place = { kind: 'header' as const, label: 'Content-Security-Policy' }
const strict =
  "Content-Security-Policy: default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** Every policy must allow a script for it to run: what one of them closes is closed. */
function openInAll(policies: Policies, isOpen: (directives: Policies[number]) => boolean): boolean {
  return policies.length > 0 && policies.every(isOpen)
}

export const policyRules: readonly OutsideRule[] = [
  ruleOn('page', {
    id: 'headers.csp-missing',
    claim,
    severity: 'medium',
    title: 'The page has no content security policy',
    why: 'A script that somebody smuggles into the page runs as if it were yours, with the session of whoever looks at it.',
    *check(page) {
      const { enforced, reported } = policiesOf(page)
      if (enforced.length > 0) return
      const saw = reported ? 'It is only reported, not enforced.' : 'The header is absent.'
      yield { place, saw, mend: [strict, 'Try it as Content-Security-Policy-Report-Only first.'] }
    },
  }),
  ruleOn('page', {
    id: 'headers.csp-scripts',
    claim,
    severity: 'medium',
    title: 'The content security policy lets any script run',
    why: 'A script that somebody smuggles into the page runs all the same: the policy stops nobody.',
    *check(page) {
      const { enforced } = policiesOf(page)
      const scripts = (directives: Policies[number]): readonly string[] | undefined =>
        sourcesFor(directives, 'script-src')
      if (openInAll(enforced, one => scripts(one) === undefined)) {
        yield hit('Neither script-src nor default-src is there.', [strict])
        return
      }
      if (openInAll(enforced, one => runsInline(scripts(one))))
        yield hit("Scripts inside the page run: 'unsafe-inline' without nonce or hash.", [
          "script-src 'self' 'nonce-…'",
        ])
      if (openInAll(enforced, one => anyHost(scripts(one)).length > 0)) {
        const named = enforced.flatMap(one => anyHost(scripts(one)))
        yield hit(`Scripts may come from anywhere: ${quoted(named.join(' '))}.`, ["script-src 'self'"])
      }
      if (openInAll(enforced, one => keywordsIn(scripts(one)).includes("'unsafe-eval'")))
        yield { ...hit("Text may be run as a script: 'unsafe-eval'.", ["Take 'unsafe-eval' out."]), severity: 'low' }
    },
  }),
  ruleOn('page', {
    id: 'headers.csp-gaps',
    claim,
    severity: 'low',
    title: 'The content security policy leaves a side door',
    why: 'A plug-in or a changed base address is a way to a script of somebody else, in spite of the policy.',
    *check(page) {
      const { enforced } = policiesOf(page)
      if (openInAll(enforced, one => sourcesFor(one, 'object-src') === undefined))
        yield hit('Neither object-src nor default-src is there.', ["object-src 'none'"])
      if (openInAll(enforced, one => one.get('base-uri') === undefined))
        yield hit('base-uri is absent.', ["base-uri 'none'"])
      if (openInAll(enforced, one => one.get('form-action') === undefined))
        yield hit('form-action is absent.', ["form-action 'self'"])
    },
  }),
]

function hit(saw: string, mend: readonly string[]): OutsideHit {
  return { place, saw, mend }
}

function runsInline(sources: readonly string[] | undefined): boolean {
  if (sources === undefined) return true
  const keywords = keywordsIn(sources)
  const overruled = keywords.some(word => /^'(nonce-|sha(256|384|512)-|strict-dynamic')/.test(word))
  return keywords.includes("'unsafe-inline'") && !overruled
}

/** With 'strict-dynamic' a browser does not look at hosts. */
function anyHost(sources: readonly string[] | undefined): readonly string[] {
  if (sources === undefined || keywordsIn(sources).includes("'strict-dynamic'")) return []
  return sources.filter(source => hostless.has(source.toLowerCase()))
}
