import { placeOf, quoted } from '../seen.ts'
import { redirectOf } from '../wire/follow.ts'
import { valuesOf, type Answer } from '../wire/request.ts'
import { ruleOn, type OutsideHit, type OutsideRule } from '../rule.ts'
import { readSecurityTxt } from '../security-txt.ts'

const claim = 'disclosure.open'
const mend = [
  'Contact: mailto:security@your.domain',
  'Expires: <a date within the next year, such as 2027-06-30T00:00:00Z>',
]
const place = { kind: 'file' as const, label: '/.well-known/security.txt' }
const yearMs = 366 * 86_400_000

export const securityTxtRules: readonly OutsideRule[] = [
  ruleOn('file', {
    id: 'disclosure.missing',
    claim,
    severity: 'low',
    title: 'Nobody is told where to report a weakness',
    why: 'Whoever finds a hole and means well gives up, or tells everybody else first.',
    *check({ answers }) {
      const last = answers.at(-1)
      if (last === undefined || isFile(last)) return
      const elsewhere = redirectOf(last)
      const saw =
        elsewhere !== undefined
          ? `It leads to another site, ${placeOf(elsewhere)}, whose file does not speak for this one.`
          : last.status === 200
            ? 'What answers there is a page, and no security.txt.'
            : `It answers with status ${last.status}.`
      yield { place, saw, mend: ['Publish the file, with these lines:', ...mend] }
    },
  }),
  ruleOn('file', {
    id: 'disclosure.faulty',
    claim,
    severity: 'low',
    title: 'security.txt is not what RFC 9116 asks for',
    why: 'A report goes to nobody, or to somebody who left; a file whose time is up is not to be trusted.',
    *check({ answers, at }) {
      const file = answers.at(-1)
      if (file === undefined || !isFile(file)) return
      if (file.cut !== undefined) {
        yield { place, saw: `It was not read whole: ${file.cut}.`, mend: [], unproven: true }
        return
      }
      for (const saw of faultsOf(file, at.getTime())) yield hit(saw)
    },
  }),
]

function hit(saw: string): OutsideHit {
  return { place, saw, mend }
}

/** A server that answers every path with its start page has no file there. */
function isFile(answer: Answer): boolean {
  const type = valuesOf(answer, 'content-type').at(0) ?? ''
  return answer.status === 200 && !/html/i.test(type) && !/^\s*<(!doctype|html)/i.test(answer.text)
}

function* faultsOf(file: Answer, nowMs: number): Iterable<string> {
  if (file.url.protocol !== 'https:') yield 'It does not come over https.'
  const type = valuesOf(file, 'content-type').at(0) ?? ''
  if (!/^\s*text\/plain\b/i.test(type)) yield `It is sent as ${quoted(type)}, and not as text/plain.`
  if (file.text.startsWith('\ufeff')) yield 'It begins with a byte order mark.'
  const { fields, strange } = readSecurityTxt(file.text)
  if (strange > 0) yield `${strange} of its lines are no fields.`
  const of = (name: string): readonly string[] => fields.filter(field => field.name === name).map(field => field.value)
  const contacts = of('contact')
  if (contacts.length === 0) yield 'It has no Contact.'
  if (contacts.some(value => !/^(mailto:.+@|tel:\+?\d|https:\/\/.)/i.test(value)))
    yield 'A Contact is no mailto:, tel: or https: address.'
  yield* expiryFaults(of('expires'), nowMs)
  if (of('preferred-languages').length > 1) yield 'It has Preferred-Languages twice.'
  for (const name of ['canonical', 'encryption', 'policy', 'acknowledgments', 'hiring'])
    if (of(name).some(value => /^http:/i.test(value))) yield `Its ${name} is a plain http address.`
  const canonical = of('canonical')
  if (canonical.length > 0 && !canonical.includes(placeOf(file.url)))
    yield 'None of its Canonical lines is the address that it came from.'
}

function* expiryFaults(values: readonly string[], nowMs: number): Iterable<string> {
  const [value] = values
  if (value === undefined) {
    yield 'It has no Expires.'
    return
  }
  if (values.length > 1) yield 'It has Expires more than once.'
  const at = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(value)
    ? Date.parse(value)
    : Number.NaN
  if (Number.isNaN(at)) yield `Its Expires is no date as RFC 3339 writes it: ${quoted(value, 60)}.`
  else if (at < nowMs) yield `It ran out on ${new Date(at).toISOString().slice(0, 10)}.`
  else if (at - nowMs > yearMs) yield 'Its Expires is more than a year away.'
}
