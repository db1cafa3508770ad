import type { ClaimReport, TrustReport } from './report.ts'
import { reasonWords } from './words.ts'

/** A promise of the page, of one sentence or more, and the claims that all of it rests on. */
export interface PageSentence {
  readonly text: string
  readonly claims: readonly string[]
}

/** Words that are shown as no promise, in parts; with `href` a part is a link: https, mailto, or a path of this site. */
export type PageNote = readonly { readonly text: string; readonly href?: string }[]

interface Section<Sentence> {
  readonly title: string
  readonly sentences: readonly Sentence[]
  readonly notes?: readonly PageNote[]
}

/** The page as it is built from its source: `proof/page` does. */
export interface PageSource {
  readonly title: string
  readonly lede: string
  readonly sections: readonly Section<PageSentence>[]
  /** For security.txt, RFC 9116. */
  readonly contact: string
  /** What security.txt says beyond the contact. */
  readonly securityTxt?: SecurityTxtSource
}

/** Fields of security.txt, RFC 9116, section 2.5. Every address in it begins with https://. */
export interface SecurityTxtSource {
  /** Until when somebody vouches for the contact, RFC 3339, at most a year ahead; absent: 90 days, moving on every day. */
  readonly expires?: string
  readonly acknowledgments?: readonly string[]
  readonly encryption?: readonly string[]
  readonly hiring?: readonly string[]
  /** Tags of RFC 5646, the preferred one first; English when absent. */
  readonly languages?: readonly string[]
}

/** A sentence as the page may say it at this moment. */
export interface PublishedSentence {
  readonly text: string
  readonly claims: readonly string[]
  /** False: the page must not say `text` as a promise. It says `instead`, and may show `text` as what is not promised. */
  readonly published: boolean
  /** Why not, since when and because of what; empty when it is published. */
  readonly instead: string
}

export interface PublishedPage {
  readonly title: string
  readonly lede: string
  readonly sections: readonly Section<PublishedSentence>[]
  readonly contact: string
}

/**
 * The page as it may be read at the moment of the report. A sentence is published only while each of its claims is
 * upheld or attested; no option changes that. Page, feed and the probe of roadmap.honest take it from here.
 */
export function publishedPage(page: PageSource, report: TrustReport): PublishedPage {
  const byId = new Map(report.claims.map(one => [one.claim.id, one]))
  const sections = page.sections.map(({ sentences, ...section }) => ({
    ...section,
    sentences: sentences.map(({ text, claims }) => {
      const reports = claims.map(id => byId.get(id))
      const failing = reports.filter(one => one === undefined || !carries(one))
      const published = claims.length > 0 && failing.length === 0
      return { text, claims, published, instead: published ? '' : insteadOf(failing) }
    }),
  }))
  return { title: page.title, lede: page.lede, sections, contact: page.contact }
}

function carries({ standing }: ClaimReport): boolean {
  return standing.verdict === 'upheld' || standing.verdict === 'attested'
}

/** What is worst is said: an attack that came through before a doubt, a doubt before a plan. */
function insteadOf(failing: readonly (ClaimReport | undefined)[]): string {
  const known = failing.filter(one => one !== undefined)
  if (known.length < failing.length || failing.length === 0)
    return 'This rests on no known claim, so it is not promised.'
  const worst =
    known.find(({ standing }) => standing.verdict === 'refuted') ??
    known.find(({ standing }) => standing.verdict !== 'planned')
  if (worst === undefined) return 'This is planned. It is not in place yet, so it is not promised.'
  const { since, reason } = worst.standing
  const when = since === undefined ? '' : `, since ${inWords(since)}`
  return `This cannot be proven now${when}, because ${reasonWords[reason]} (${worst.claim.id}).`
}

const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' })

function inWords(time: string): string {
  const at = new Date(time)
  return `${day.format(at)}, ${clock.format(at)} UTC`
}
