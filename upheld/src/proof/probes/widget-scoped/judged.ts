import type { Answer } from '../isolation-routes/wire.ts'
import { placesOf } from '../isolation-routes/draft.ts'
import type { Ground, Party } from './ground.ts'

interface Attack {
  readonly attack: string
  readonly where: string
}

/** Refused: by a status that says so, and without a word of what it hides. */
export function mustRefuse({ report, house, other }: Ground, answer: Answer, { attack, where }: Attack): void {
  const text = textOf(answer)
  if (answer.status < 400) report.refute({ attack, where, saw: `status ${answer.status} and no refusal` })
  else if ([house, other].some(({ mark }) => text.includes(mark)))
    report.refute({ attack, where, saw: 'something of an organization came with the refusal' })
  else report.observe(attack, where)
}

/** Answered or refused, as long as nothing of this organization comes with it. */
export function mustNotTell({ report }: Ground, answer: Answer, party: Party, { attack, where }: Attack): void {
  const { mark, furnishing } = party
  if (holds(answer, [mark, ...Object.values(furnishing.ids)]))
    report.refute({ attack, where, saw: 'something of another organization came with the answer' })
  else report.observe(attack, where)
}

/** The same of what is one visitor's own: whatever a route of visitors takes by its identifier. */
export function mustKeep({ report, routes }: Ground, answer: Answer, party: Party, { attack, where }: Attack): void {
  const kinds = new Set(routes.flatMap(placesOf).map(({ kind }) => kind))
  const own = [...kinds].map(kind => party.furnishing.ids[kind] ?? '')
  if (holds(answer, own)) report.refute({ attack, where, saw: 'something of another visitor came with the answer' })
  else report.observe(attack, where)
}

/** Nothing that lets the page of this origin, or every page, read the answer. */
export function mustNotShare({ report }: Ground, { headers }: Answer, page: string, { attack, where }: Attack): void {
  const [allowed, cookies] = [headers['access-control-allow-origin'], headers['access-control-allow-credentials']]
  if (allowed === '*' || allowed === page || cookies !== undefined)
    report.refute({ attack, where, saw: 'the browser is told that this page may read it' })
  else report.observe(attack, where)
}

/** Which page may read it is the page that asked, and is looked at by itself. */
function textOf({ headers, body }: Answer): string {
  const told = Object.entries(headers).filter(([name]) => name !== 'access-control-allow-origin')
  return [...told.map(([, value]) => value), body].join('\n')
}

/** Shorter ones stand by chance in any text. */
const lengthMin = 8

function holds(answer: Answer, words: readonly string[]): boolean {
  const text = textOf(answer)
  return words.some(word => word.length >= lengthMin && text.includes(word))
}
