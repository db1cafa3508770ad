import type { Claim } from './claim.ts'
import { refuse } from './errors.ts'
import type { ClaimReport, TrustReport } from './report.ts'
import { reasonWords } from './words.ts'

/** A sentence of the page and the claims it rests on. One without a claim does not build. */
export interface PageSentence {
  readonly text: string
  readonly claims: readonly string[]
}

/** The page as its author writes it. */
export interface PageSource {
  readonly title: string
  readonly lede: string
  readonly sections: readonly { readonly title: string; readonly sentences: readonly PageSentence[] }[]
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
  readonly sections: readonly { readonly title: string; readonly sentences: readonly PublishedSentence[] }[]
  readonly contact: string
}

/**
 * Refuses a page that says more than its claims do.
 * @throws claims.bad_page with every problem at once, where it is and how to mend it
 */
export function checkPage(page: PageSource, claims: readonly Claim[]): void {
  const problems = [...problemsInFrame(page), ...problemsInSentences(page, new Set(claims.map(claim => claim.id)))]
  if (problems.length > 0) throw refuse.bad_page({ detail: problems.map(problem => `\n- ${problem}`).join('') })
}

function problemsInFrame(page: PageSource): string[] {
  const texts = [
    ['The title', page.title],
    ['The lede', page.lede],
    ['The contact', page.contact],
    ...page.sections.map(({ title }, i) => [`The title of section ${i + 1}`, title] as const),
  ] as const
  return texts.flatMap(([where, text]) => (text.trim() === '' ? [`${where} is empty: write it.`] : []))
}

function problemsInSentences(page: PageSource, known: ReadonlySet<string>): string[] {
  const problems: string[] = []
  const places = new Map<string, string>()
  for (const { title, sentences } of page.sections) {
    for (const [i, { text, claims }] of sentences.entries()) {
      const where = `Sentence ${i + 1} of "${title}"`
      const words = text.trim().replaceAll(/\s+/g, ' ')
      const before = places.get(words)
      if (words === '') problems.push(`${where} is empty: write it, or take it out.`)
      else if (before !== undefined) problems.push(`${where} says the same as ${before}: take one of them out.`)
      else places.set(words, where)
      if (claims.length === 0)
        problems.push(`${where} rests on no claim: name the claims that prove it, or take it out.`)
      for (const id of claims.filter(one => !known.has(one))) {
        problems.push(`${where} rests on ${id}, which is no claim: correct the id, or add the claim.`)
      }
    }
  }
  return problems
}

/**
 * The page as it may be read at the moment of the report. A sentence is published only while each of its claims is
 * upheld or attested; no option changes that. Page, feed and the probe of roadmap.honest take it from here.
 */
export function publishedPage(page: PageSource, report: TrustReport): PublishedPage {
  const byId = new Map(report.claims.map(one => [one.claim.id, one]))
  const sections = page.sections.map(({ title, sentences }) => ({
    title,
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
