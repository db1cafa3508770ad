import { type ClaimReport, publishedPage, reasonWords } from '../../../proof/claims/index.ts'
import { faultOf } from '../pages/fault.ts'
import { isStale } from '../reading.ts'
import { endOf } from '../until.ts'
import { paths, type View } from '../view.ts'
import { count, number, verdictMeanings, verdictWords } from '../words.ts'
import type { Badge } from './badge.ts'

const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

/** The badge of one claim. What it promises ends in its own words, so that a kept copy shows that it is old. */
export function claimBadge(of: ClaimReport, view: View): Badge {
  const { id, kind } = of.claim
  const { verdict } = of.standing
  return {
    host: new URL(view.origin).host,
    about: id,
    verdict,
    says: `${kind === 'withdrawn' ? 'Withdrawn' : verdictWords[verdict]}${until(of)}`,
    href: `${view.origin}${paths.claim(id)}`,
    describes: `${meaningOf(of, view)} The proof is at ${view.origin}${paths.claim(id)}.`,
  }
}

function meaningOf({ claim, standing }: ClaimReport, view: View): string {
  if (standing.verdict !== 'unproven') return verdictMeanings[standing.verdict]
  const why = isStale(view.report) && claim.kind !== 'withdrawn' ? 'unread' : standing.reason
  return `It is not promised, because ${reasonWords[why]}.`
}

function until(of: ClaimReport): string {
  const end = endOf(of)
  if (end !== undefined) return ` until ${momentWords(end)}`
  const { verdict, since } = of.standing
  return since === undefined || verdict === 'planned' ? '' : ` since ${momentWords(since)}`
}

function momentWords(at: string): string {
  const ms = Date.parse(at)
  return Number.isNaN(ms) ? 'an unknown moment' : `${moment.format(ms)} UTC`
}

/** The badge of the whole page: green only while every sentence of it is promised. */
export function pageBadge(view: View): Badge {
  const { report, page, origin } = view
  const sentences = publishedPage(page, report).sections.flatMap(section => section.sentences)
  const standing = sentences.filter(({ published }) => published).length
  const all = sentences.length > 0 && standing === sentences.length
  const cited = new Set(sentences.flatMap(({ claims }) => claims))
  const reports = report.claims.filter(({ claim }) => cited.has(claim.id))
  const known = faultOf(report) === undefined && !isStale(report)
  const red = known && reports.some(({ standing: { verdict } }) => verdict === 'refuted')
  const part = `${number(standing)} of ${count(sentences.length, 'promise')} stand`
  const unread = isStale(report) ? `Unproven: not readable since ${momentWords(report.at)}` : part
  const lacking = faultOf(report) === undefined ? unread : 'Unproven: the record does not hold'
  const stated = reports.every(({ standing: { verdict } }) => verdict === 'attested')
  const ends = reports.flatMap(of => endOf(of) ?? []).sort()
  const [first] = ends
  const words = all
    ? `${allWords(sentences.length)}${first === undefined ? '' : ` until ${momentWords(first)}`}`
    : lacking
  return {
    host: new URL(origin).host,
    about: 'security page',
    verdict: all ? (stated ? 'attested' : 'upheld') : red ? 'refuted' : 'unproven',
    says: words,
    href: `${origin}${paths.page}`,
    describes: `How many sentences of the security page are promised at this moment. The proof is at ${origin}${paths.page}.`,
  }
}

function allWords(sentences: number): string {
  return sentences === 1 ? 'The one promise stands' : `All ${number(sentences)} promises stand`
}

/** What is drawn when there is nothing to say how it stands: an image that is not found must not look like a good one. */
export function emptyBadge(origin: string, says: string): Badge {
  return {
    host: new URL(origin).host,
    about: 'security page',
    verdict: 'unproven',
    says,
    href: `${origin}${paths.page}`,
    describes: `Nothing is promised here. The security page is at ${origin}${paths.page}.`,
  }
}
