import { refusal } from './bytes.js'
import { isObject } from './canonical.js'
import { list, text } from './run.js'

// Whether the page, and the feed for programs, say what the log says: read as any visitor gets them, judged by the leaves.

/** @typedef {import('./standing.js').Standing} Standing */
/** @typedef {{ where: string, claim: string, verdict: string }} Said */
/** @typedef {{ said: Said[], bare: string[], promised: string[], madeAt: string | undefined }} Page */
/** @typedef {{ kind: 'contradicts' | 'less', says: string, claim: string }} Difference */

const page = '/security'

/** The page as a document in which nothing runs. @returns {Promise<Document>} */
function documentOf() {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('GET', page)
    request.responseType = 'document'
    request.setRequestHeader('cache-control', 'no-cache')
    const fail = () => reject(refusal('verify.unreachable', `The page is not served (${request.status}).`))
    request.addEventListener('error', fail)
    request.addEventListener('load', () => {
      if (request.status === 200 && request.responseXML !== null) resolve(request.responseXML)
      else fail()
    })
    request.send()
  })
}

/** @returns {Promise<Page>} */
export async function readPage() {
  const document = await documentOf()
  const said = [...document.querySelectorAll('[data-claim]')].map(one => ({
    where: 'the page',
    claim: one.getAttribute('data-claim') ?? '',
    verdict: one.getAttribute('data-verdict') ?? '',
  }))
  const promised = [...document.querySelectorAll('[data-published="true"]')]
  /** @param {Element} one */
  const sentence = one => one.querySelector('.sentence')?.textContent.trim() ?? ''
  return {
    said,
    bare: promised.filter(one => one.querySelector('[data-claim]') === null).map(sentence),
    promised: promised.map(sentence),
    madeAt: document.querySelector('[data-made-at]')?.getAttribute('data-made-at') ?? undefined,
  }
}

/** @param {unknown} value the feed, parsed @returns {{ said: Said[], promised: string[] }} */
export function readFeed(value) {
  if (!isObject(value)) throw refusal('verify.bad_feed', 'The feed is not one.')
  const said = (list(value, 'claims') ?? []).flatMap(one =>
    isObject(one) ? [{ where: 'the feed', claim: text(one, 'id') ?? '', verdict: text(one, 'verdict') ?? '' }] : [],
  )
  const promised = (list(value, 'sentences') ?? []).flatMap(one =>
    isObject(one) && one['published'] === true ? [text(one, 'text') ?? ''] : [],
  )
  return { said, promised }
}

const promises = new Set(['upheld', 'attested'])

/**
 * Whoever says more than the log contradicts it; whoever says less is careful: a run that hangs, or a record that does
 * not hold, is known to the page and not to the log.
 * @param {readonly Said[]} all @param {readonly Standing[]} standings @returns {Difference[]}
 */
export function differences(all, standings) {
  const byClaim = new Map(standings.map(one => [one.claim, one]))
  return all.flatMap(({ where, claim, verdict }) => {
    const known = byClaim.get(claim)
    // A plan stands in no log.
    if (verdict === 'planned' && (known === undefined || known.verdict === 'planned')) return []
    if (known === undefined) {
      return promises.has(verdict)
        ? [contradiction(claim, `${where} says “${verdict}”; the log has never heard of it`)]
        : []
    }
    if (known.verdict === verdict) return []
    const words = `${where} says “${verdict}”; the log says “${known.verdict}” (${known.reason}, entry ${known.index})`
    const more = promises.has(verdict) || verdict === 'planned' || known.verdict === 'refuted'
    return [more && verdict !== 'unproven' ? contradiction(claim, words) : { kind: 'less', claim, says: words }]
  })
}

/** @param {string} claim @param {string} says @returns {Difference} */
function contradiction(claim, says) {
  return { kind: 'contradicts', claim, says }
}

/** @param {Page} shown @param {{ promised: string[] }} told @returns {Difference[]} */
export function sentencesApart(shown, told) {
  const [here, there] = [new Set(shown.promised), new Set(told.promised.map(one => one.trim()))]
  return [
    ...shown.bare.map(one => contradiction('', `the page promises “${one}” and names no claim for it`)),
    ...[...here]
      .filter(one => !there.has(one))
      .map(one => contradiction('', `the page promises “${one}”, the feed does not`)),
  ]
}

/** Claims of the log that a reader of the page does not see. @param {readonly Said[]} said @param {readonly Standing[]} standings */
export function unseen(said, standings) {
  const seen = new Set(said.map(one => one.claim))
  return standings.filter(one => !seen.has(one.claim))
}
