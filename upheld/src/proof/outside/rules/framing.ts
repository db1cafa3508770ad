import { policiesOf } from '../csp.ts'
import { quoted } from '../seen.ts'
import { valuesOf } from '../wire/request.ts'
import { ruleOn, type OutsideRule } from '../rule.ts'

export const frameRules: readonly OutsideRule[] = [
  ruleOn('page', {
    id: 'headers.framing',
    claim: 'headers.graded',
    severity: 'medium',
    title: 'Any site may put the page into a frame',
    why: 'Somebody lays your page, unseen, under a page of theirs: a click that seems harmless presses a button of yours.',
    *check(page) {
      const place = { kind: 'header' as const, label: 'frame-ancestors' }
      const mend = ["Content-Security-Policy: frame-ancestors 'none'", 'X-Frame-Options: DENY']
      const ancestors = policiesOf(page).enforced.flatMap(one => {
        const sources = one.get('frame-ancestors')
        return sources === undefined ? [] : [sources]
      })
      if (ancestors.length > 0) {
        // Where frame-ancestors is there, X-Frame-Options is not looked at.
        const open = ancestors.every(sources =>
          sources.some(one => ['*', 'http:', 'https:'].includes(one.toLowerCase())),
        )
        if (open) yield { place, saw: `frame-ancestors names everybody: ${quoted(ancestors.flat().join(' '))}.`, mend }
        return
      }
      const options = valuesOf(page, 'x-frame-options').flatMap(value => value.split(','))
      const words = options.map(value => value.trim().toUpperCase())
      if (words.length === 0) yield { place, saw: 'Neither frame-ancestors nor X-Frame-Options is there.', mend }
      else if (!words.every(word => word === 'DENY' || word === 'SAMEORIGIN') || new Set(words).size > 1)
        yield { place, saw: `X-Frame-Options is nothing that a browser obeys: ${quoted(options.join(', '))}.`, mend }
    },
  }),
]
