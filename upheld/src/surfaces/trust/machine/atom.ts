import { faultOf } from '../pages/fault.ts'
import { isStale } from '../reading.ts'
import { changesOf, changeTypes, readPage } from '../record.ts'
import { paths, type View } from '../view.ts'
import { event, eventsOf, type VerdictEvent } from './events.ts'
import { plain, xml } from './xml.ts'

/** Entries of one feed. What is older stands on the page of the history, which the feed names. */
const entriesMax = 100
/** An entry may appear this long after its moment: evidence is taken for expired a minute late. */
const lateMs = 60_000
/** A change so young is not told as a date: another one may follow within the same second, by another clock. */
const youngMs = 60_000

interface AtomFeed {
  readonly body: string
  /** When it changed last; undefined while that is too young, or not known, to be told. */
  readonly modifiedMs?: number
}

/**
 * The changes of verdicts as an Atom feed, RFC 4287, newest first. The same log gives the same bytes.
 * @param openedMs since when this process says it in these words
 */
export async function atomFeed(view: View, openedMs: number): Promise<AtomFeed> {
  const { report, record, nowMs } = view
  const notice = noticeOf(view)
  const newest = await readPage(record, { types: changeTypes, limit: entriesMax })
  const told =
    faultOf(report) === undefined
      ? eventsOf(report.claims, await changesOf(newest, record), report.log?.origin ?? view.origin)
      : []
  const events = [...notice, ...told].slice(0, entriesMax)
  const body = document(view, events)
  const newestMs = Math.max(...events.map(({ at }) => Date.parse(at)).filter(ms => !Number.isNaN(ms)), 0)
  const modifiedMs = Math.max(Date.parse(report.log?.signedAt ?? ''), openedMs, newestMs + lateMs)
  return notice.length > 0 || !(modifiedMs + youngMs <= nowMs) ? { body } : { body, modifiedMs }
}

/** A reader of the feed must not take silence for good news while we cannot read our own record, or it does not hold. */
function noticeOf({ report, origin }: View): readonly VerdictEvent[] {
  const fault = faultOf(report)
  const stale = isStale(report)
  if (fault === undefined && !stale) return []
  // What is wrong has no entry in the log: it is said anew each day, and not with each reading.
  const at = `${report.at.slice(0, 10)}T00:00:00.000Z`
  const title = stale ? 'Our record cannot be read now' : 'Our own record does not hold'
  const until = 'Until it does, nothing is promised.'
  const text = stale ? `What follows is what it said last, at ${report.at}. ${until}` : `${fault ?? ''} ${until}`
  const facts = { log: report.log?.origin ?? origin, claim: '', kind: 'notice' as const, path: paths.page }
  return [event({ ...facts, at: stale ? report.at : at, title, text })]
}

function document({ report, page, origin }: View, events: readonly VerdictEvent[]): string {
  const last = report.log?.signedAt ?? report.at
  const updated = timeOf(events[0]?.at ?? last, last)
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">',
    `<id>${xml(`${origin}${paths.atom}`)}</id>`,
    `<title>${xml(plain(`${page.title}: changes`))}</title>`,
    `<subtitle>What is promised, refuted, returned and withdrawn. Older changes: ${xml(`${origin}${paths.history}`)}</subtitle>`,
    `<updated>${updated}</updated>`,
    `<author><name>${xml(plain(report.service))}</name><uri>${xml(`${origin}${paths.page}`)}</uri></author>`,
    `<link rel="self" type="application/atom+xml" href="${xml(`${origin}${paths.atom}`)}"/>`,
    `<link rel="alternate" type="text/html" href="${xml(`${origin}${paths.history}`)}"/>`,
    ...events.map(one => entry(one, origin, last)),
    '</feed>\n',
  ].join('\n')
}

function entry({ id, kind, at, title, text, path, index }: VerdictEvent, origin: string, last: string): string {
  const moment = timeOf(at, last)
  return [
    '<entry>',
    `<id>${id}</id>`,
    `<title>${xml(plain(title))}</title>`,
    `<updated>${moment}</updated>`,
    `<published>${moment}</published>`,
    `<category term="${kind}"/>`,
    `<link rel="alternate" type="text/html" href="${xml(`${origin}${path}`)}"/>`,
    ...(index === undefined ? [] : [`<link rel="related" href="${xml(`${origin}${paths.proof(index)}`)}"/>`]),
    `<content type="text">${xml(plain(text))}</content>`,
    '</entry>',
  ].join('\n')
}

/** RFC 3339, in UTC; a text that is no time stands for nothing, and the last time that is known takes its place. */
function timeOf(at: string, otherwise: string): string {
  const ms = [Date.parse(at), Date.parse(otherwise)].find(one => !Number.isNaN(one)) ?? 0
  return new Date(ms).toISOString()
}
