import { foreignOrigin, quoted, traceMark } from '../seen.ts'
import { valuesOf } from '../wire/request.ts'
import { ruleOn, type OutsideRule } from '../rule.ts'

const claim = 'headers.graded'
const unusual = ['TRACE', 'TRACK', 'CONNECT', 'DEBUG']

export const sharingRules: readonly OutsideRule[] = [
  ruleOn('foreign', {
    id: 'sharing.foreign-origin',
    claim,
    severity: 'medium',
    title: 'A foreign site may read the answers',
    why: 'A page of somebody else asks in the name of whoever is signed in, and reads what comes back.',
    *check(answer) {
      const place = { kind: 'header' as const, label: 'Access-Control-Allow-Origin' }
      const allowed = valuesOf(answer, 'access-control-allow-origin').at(0)?.trim() ?? ''
      const withCookies = valuesOf(answer, 'access-control-allow-credentials').at(0)?.trim().toLowerCase() === 'true'
      const mend = ['Name the origins that may read, from a list, and answer all others without the header.']
      if (allowed === foreignOrigin && withCookies) {
        const saw = 'An origin that nobody knows is allowed to read, with the cookies of whoever looks.'
        yield { place, saw, mend, severity: 'critical' }
      } else if (allowed === 'null' && withCookies) {
        yield {
          place,
          saw: 'The origin null, which any page can take on, is allowed, with cookies.',
          mend,
          severity: 'high',
        }
      } else if (allowed === foreignOrigin) {
        yield {
          place,
          saw: 'An origin that nobody knows is given back as allowed, without cookies.',
          mend,
          severity: 'low',
        }
      } else if (allowed === '*' && withCookies) {
        yield { place, saw: 'Everybody is allowed, with cookies; browsers refuse it, other programs do not.', mend }
      }
    },
  }),
  ruleOn('trace', {
    id: 'sharing.trace',
    claim,
    severity: 'medium',
    title: 'TRACE gives a request back as it came',
    why: 'Headers that no script may read, such as cookies and what a proxy adds, come back as text.',
    *check(answer) {
      const echoed = answer.status < 300 && answer.text.toLowerCase().includes(`${traceMark.name}: ${traceMark.value}`)
      if (!echoed) return
      const place = { kind: 'address' as const, label: 'TRACE' }
      yield { place, saw: 'A header that we sent came back in the body.', mend: ['Refuse TRACE with status 405.'] }
    },
  }),
  ruleOn('options', {
    id: 'sharing.methods',
    claim,
    severity: 'low',
    title: 'The server says that it takes methods that no page needs',
    why: 'Each is a door that nobody watches.',
    *check(answer) {
      const said = ['allow', 'public', 'access-control-allow-methods'].flatMap(name => valuesOf(answer, name))
      const methods = said.flatMap(value => value.split(',')).map(value => value.trim().toUpperCase())
      const found = unusual.filter(method => methods.includes(method))
      if (found.length === 0) return
      const place = { kind: 'address' as const, label: 'OPTIONS' }
      yield { place, saw: `It offers ${quoted(found.join(', '))}.`, mend: ['Refuse these methods with status 405.'] }
    },
  }),
]
