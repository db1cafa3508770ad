import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../core/json.ts'
import { type ClaimReport, type Finding, reasonWords } from '../../../proof/claims/index.ts'
import type { Change } from '../record.ts'
import { paths } from '../view.ts'
import { number } from '../words.ts'

/** One change of what is promised, or of how it stands, out of the log alone. */
export interface VerdictEvent {
  /** `urn:uuid:`, the same for the same event in every process, at every address of the page. */
  readonly id: string
  readonly kind: 'refuted' | 'returned' | 'lapsed' | 'proven_again' | 'added' | 'changed' | 'withdrawn' | 'notice'
  readonly at: string
  readonly title: string
  readonly text: string
  /** Below the origin of the page. */
  readonly path: string
  /** Of the entry of the log that shows it. */
  readonly index?: number
}

/** Newest first; events of one moment in a fixed order. */
export function eventsOf(
  claims: readonly ClaimReport[],
  changes: readonly Change[],
  logOrigin: string,
): readonly VerdictEvent[] {
  const all = [
    ...claims.flatMap(of => [...redEvents(of, logOrigin), ...lapseEvents(of, logOrigin)]),
    ...changes.map(change => changeEvent(change, logOrigin)),
  ]
  return all.sort((a, b) => order(b.at, a.at) || (b.index ?? -1) - (a.index ?? -1) || order(a.id, b.id))
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function redEvents({ claim, reds }: ClaimReport, log: string): VerdictEvent[] {
  return reds.flatMap(({ from, to, indexFirst, findings }) => {
    const common = { path: `${paths.claim(claim.id)}#reds`, index: indexFirst }
    const red = event({
      ...common,
      log,
      claim: claim.id,
      kind: 'refuted',
      at: from,
      title: `Refuted: ${claim.id}`,
      text: `An attack came through. ${findingWords(findings)}`,
    })
    if (to === undefined) return [red]
    const text = `Every attack was beaten again. The spell began with entry ${number(indexFirst)} of the log, at ${from}.`
    const title = `Upheld again: ${claim.id}`
    return [red, event({ ...common, log, claim: claim.id, kind: 'returned', at: to, title, text })]
  })
}

function lapseEvents({ claim, lapses = [] }: ClaimReport, log: string): VerdictEvent[] {
  return lapses.flatMap(({ from, to, end, reason, index }) => {
    const common = { path: paths.claim(claim.id), index, log, claim: claim.id }
    const events: VerdictEvent[] = []
    // The change of a claim is an event of its own.
    if (reason !== 'changed') {
      const text = `It had been upheld, and was not promised any more, because ${reasonWords[reason]}.`
      events.push(event({ ...common, kind: 'lapsed', at: from, title: `Unproven: ${claim.id}`, text }))
    }
    if (to !== undefined && end === 'upheld') {
      const text = `Every attack was beaten. It had been unproven since ${from}.`
      events.push(event({ ...common, kind: 'proven_again', at: to, title: `Upheld again: ${claim.id}`, text }))
    }
    return events
  })
}

const changeWords = { added: 'Added', changed: 'Changed', withdrawn: 'Withdrawn' } as const

function changeEvent({ index, at, claim, digest, kind, sentence }: Change, log: string): VerdictEvent {
  const says = kind === 'withdrawn' ? 'No longer promised' : 'What is claimed'
  return event({
    log,
    claim,
    kind,
    at,
    index,
    path: `${paths.claim(claim)}#changes`,
    title: `${changeWords[kind]}: ${claim}`,
    text: `${says}: “${sentence}” Definition ${digest}, entry ${number(index)} of the log.`,
  })
}

function findingWords(findings: readonly Finding[]): string {
  return findings.map(({ attack, where, saw }) => `${attack}, ${where}: ${saw}.`).join(' ')
}

interface Told extends Omit<VerdictEvent, 'id'> {
  readonly log: string
  readonly claim: string
}

/** The id is made of what cannot change any more: the log, the entry, the moment, and what happened to which claim. */
export function event({ log, claim, ...told }: Told): VerdictEvent {
  const facts = [log, claim, told.kind, told.at, told.index ?? null].map(fact =>
    typeof fact === 'string' ? fact.toWellFormed() : fact,
  )
  const hex = createHash('sha256').update(canonicalJson(facts)).digest('hex')
  // RFC 9562, section 5.8: version 8, of a digest of our own choice.
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16)
  const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  return { id: `urn:uuid:${uuid}`, ...told }
}
