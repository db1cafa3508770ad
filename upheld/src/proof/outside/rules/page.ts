import { placeOf, quoted } from '../seen.ts'
import { valuesOf, type Answer } from '../wire/request.ts'
import { mixedIn } from '../mixed.ts'
import { ruleOn, type OutsideRule } from '../rule.ts'

/** What only the inside of a program writes: all patterns of a line must be there. None can search for long. */
const insides: readonly (readonly [says: string, ...forms: readonly RegExp[]])[] = [
  ['a stack trace of JavaScript', /\bat /, /(?:\.[cm]?[jt]sx?|\bnode:[\w/]{1,60}):\d{1,6}:\d{1,6}/],
  ['a stack trace of Python', /Traceback \(most recent call last\)/],
  ['a stack trace of Java', /\bat [\w$.]{3,200}\([\w$]{1,100}\.(?:java|kt|scala|groovy):\d{1,6}\)/],
  ['a stack trace of .NET', /\bat [\w.<>`[\]]{3,200}\([^)\n]{0,200}\) in [^\n<]{1,200}:line \d{1,6}/],
  ['a stack trace of PHP', /#\d{1,3} [^\n<]{1,200}\.php(?:\(\d{1,6}\)|:\d{1,6})/],
  ['an error of PHP', /<b>(?:Fatal error|Warning|Notice|Parse error)<\/b>:[^\n]{1,300} on line <b>\d/],
  ['a stack trace of Ruby', /\.rb:\d{1,6}:in [`']/],
  ['a stack trace of Go', /\bgoroutine \d{1,6} \[[a-z ]{1,40}\]:/],
  ['the debugging page of Django', /you have <code>DEBUG = True<\/code>/],
  ['an error of the database', /\bSQLSTATE\[\w{5}\]|\bPG::[A-Z]\w{2,60}Error|\bORA-\d{5}\b/],
]

export const pageRules: readonly OutsideRule[] = [
  ruleOn('page', {
    id: 'page.mixed-content',
    claim: 'tls.only',
    severity: 'high',
    title: 'A page on HTTPS loads parts over plain HTTP',
    why: 'Whoever shares the network puts a script of theirs in place of the part, or reads what a form sends.',
    *check(page) {
      if (page.url.protocol !== 'https:') {
        yield { place: pageOf(page), saw: 'The start page does not come over HTTPS.', mend: [], unproven: true }
        return
      }
      for (const { element, address, active } of mixedIn(page.text)) {
        const saw = `<${element}> names ${quoted(address)}.`
        const mend = ['Name it with https, or without a scheme and host.']
        yield { place: pageOf(page), saw, mend, ...(active ? {} : { severity: 'low' as const }) }
      }
      if (page.cut !== undefined)
        yield { place: pageOf(page), saw: `The page was not read whole: ${page.cut}.`, mend: [], unproven: true }
    },
  }),
  ruleOn('absent', {
    id: 'page.error-insides',
    claim: 'headers.graded',
    severity: 'medium',
    title: 'The error page shows the inside of the program',
    why: 'Files, versions and statements tell somebody where to push next.',
    *check(answer) {
      const place = { kind: 'page' as const, label: 'a path that does not exist' }
      const found = insides.find(([, ...forms]) => forms.every(form => form.test(answer.text)))
      if (found !== undefined) {
        const mend = ['Answer with a page that says nothing but that there is no such page; write the rest to the log.']
        yield { place, saw: `It shows ${found[0]} (status ${answer.status}).`, mend }
      } else if (answer.cut !== undefined) {
        yield { place, saw: `The error page was not read whole: ${answer.cut}.`, mend: [], unproven: true }
      }
    },
  }),
  ruleOn('absent', {
    id: 'page.error-headers',
    claim: 'headers.graded',
    severity: 'low',
    title: 'The error page lacks the security headers',
    why: 'A page is attacked where it is weakest: what the start page forbids, the error page allows.',
    *check(answer) {
      if (!/^\s*text\/html\b/i.test(valuesOf(answer, 'content-type').at(0) ?? '')) return
      const wanted = ['content-security-policy', 'x-content-type-options']
      const missing = wanted.filter(name => valuesOf(answer, name).length === 0)
      if (missing.length === 0) return
      const place = { kind: 'page' as const, label: 'a path that does not exist' }
      const mend = ['Send the same headers with every answer, errors included.']
      yield { place, saw: `It comes without ${missing.join(' and ')}.`, mend }
    },
  }),
]

function pageOf(page: Answer): { readonly kind: 'page'; readonly label: string } {
  return { kind: 'page', label: placeOf(page.url) }
}
