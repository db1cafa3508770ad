import { redirectOf } from '../wire/follow.ts'
import { valuesOf } from '../wire/request.ts'
import { quoted } from '../seen.ts'
import { ruleOn, type OutsideHit, type OutsideRule } from '../rule.ts'

const claim = 'tls.only'
const place = { kind: 'header' as const, label: 'Strict-Transport-Security' }
const halfYearSecs = 15_552_000
const line = 'Strict-Transport-Security: max-age=31536000; includeSubDomains'

export const transportRules: readonly OutsideRule[] = [
  ruleOn('plain', {
    id: 'transport.plain',
    claim,
    severity: 'high',
    title: 'Plain HTTP is answered with more than a redirect to HTTPS',
    why: 'Whoever shares the network, such as in a café, reads and changes what is sent, cookies and passwords included.',
    *check(answer) {
      if (answer === undefined) return
      const at = { kind: 'address' as const, label: answer.url.origin }
      const mend = ['Answer plain HTTP with a permanent redirect to the same place on https, and with nothing else.']
      const next = redirectOf(answer)
      if (next === undefined) {
        if (answer.status < 400) yield { place: at, saw: `It answers with status ${answer.status} and a page.`, mend }
        else
          yield {
            place: at,
            saw: `It answers with status ${answer.status}, not with a redirect.`,
            mend,
            severity: 'low',
          }
      } else if (next.protocol !== 'https:') {
        yield { place: at, saw: 'It redirects to another address that is plain HTTP.', mend, severity: 'medium' }
      } else if (next.hostname !== answer.url.hostname) {
        const saw = `It redirects to ${next.hostname} at once, so that ${answer.url.hostname} never says to stay on HTTPS.`
        yield { place: at, saw, mend: ['Redirect to https on the same host first.'], severity: 'low' }
      }
    },
  }),
  ruleOn('secure', {
    id: 'transport.hsts',
    claim,
    severity: 'medium',
    title: 'Browsers are not told to stay on HTTPS',
    why: 'The first request of each visit may go out in the open, and whoever is in between can answer it in place of the server.',
    *check(answer) {
      const values = valuesOf(answer, 'strict-transport-security')
      const [value] = values
      const hit = (saw: string, severity?: 'low'): OutsideHit => ({
        place,
        saw,
        mend: [line],
        ...(severity === undefined ? {} : { severity }),
      })
      if (value === undefined) {
        yield hit('The header is absent.')
        return
      }
      if (values.length > 1) yield hit(`It is sent ${values.length} times; a browser takes the first alone.`, 'low')
      const directives = value.split(';').map(part => part.trim().toLowerCase())
      const age = directives
        .map(part => /^max-age\s*=\s*"?(\d{1,15})"?$/.exec(part)?.[1])
        .find(one => one !== undefined)
      if (age === undefined) yield hit(`It has no max-age that a browser understands: ${quoted(value)}.`)
      else if (Number(age) < halfYearSecs)
        yield hit(`It lasts ${age} seconds, and half a year (${halfYearSecs}) is the least.`)
      if (!directives.includes('includesubdomains')) yield hit('It leaves the subdomains out.', 'low')
    },
  }),
]
