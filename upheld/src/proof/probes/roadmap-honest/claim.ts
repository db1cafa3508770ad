import { z } from 'zod'
import { verifyUrl, type Verified } from '../../../verify.ts'
import { cannotProbe, claim, plannedClaims, type Report, type World } from '../../claims/index.ts'
import { sabotages } from './sabotages.ts'

/** The page promises nothing that its own signed record does not carry, and calls a plan a plan. */
export const roadmapHonest = claim({
  kind: 'proven',
  id: 'roadmap.honest',
  sentence: 'What is not in place yet is said plainly, and listed as coming.',
  population: 'every planned claim, on the page and in the feed, and every promise of the page',
  extent: 'whole',
  freshnessMins: 60,
  observationsMin: 40,
  timeoutSecs: 60,
  assumptions: ['readers reach the same page that the probe reaches'],
  notCovered: ['what is said elsewhere: sales talk, contracts, other sites'],
  mappings: { soc2: ['CC2.3'] },
  probe: {
    says: 'The page, the feed and the whole evidence are fetched as a stranger would; the evidence is verified by itself, and every promise and every plan is held against it.',
    source: import.meta.url,
    run: readAsStranger,
  },
  sabotages,
})

interface Seen {
  readonly feed: Feed
  readonly page: string
  readonly record: Verified
}

const feedForm = z.object({
  at: z.iso.datetime(),
  claims: z.array(z.object({ id: z.string(), verdict: z.string(), in_place: z.boolean() })),
  sentences: z.array(z.object({ text: z.string(), claims: z.array(z.string()), published: z.boolean() })),
})
type Feed = z.infer<typeof feedForm>

interface Lie {
  readonly attack: string
  readonly where: string
  readonly saw: string
}

async function readAsStranger(world: World, report: Report): Promise<void> {
  // A run may end between two requests; what is still a lie at the third look was not that.
  let held = await look(world, report.signal)
  for (let tries = 1; tries < 3 && held.lies.length > 0; tries++) held = await look(world, report.signal)
  report.population('planned claims', held.plans)
  for (const [attack, where] of held.checked) report.observe(attack, where)
  for (const lie of held.lies) report.refute(lie)
}

interface Held {
  readonly plans: number
  readonly checked: readonly (readonly [attack: string, where: string])[]
  readonly lies: readonly Lie[]
}

async function look(world: World, signal: AbortSignal): Promise<Held> {
  const base = `${await world.origin()}${world.pagePath}`
  const feed = feedForm.parse(JSON.parse(await get(`${base}/feed.json`, signal)))
  const page = await get(base, signal)
  // By the server's own time: two clocks that differ are another claim's affair.
  const record = await verifyUrl(`${base}/evidence/`, { now: new Date(feed.at) })
  return compare({ feed, page, record })
}

/** The same comparison, for whoever fetched the texts otherwise. `verified` is asked for the record at the feed's own time. */
export function readPromises(
  texts: { readonly feed: string; readonly page: string },
  verified: (now: Date) => Verified,
) {
  const feed = feedForm.parse(JSON.parse(texts.feed))
  const record = verified(new Date(feed.at))
  return { record, ...compare({ feed, page: texts.page, record }) }
}

function compare({ feed, page, record }: Seen): Held {
  const carried = new Set(
    record.claims
      .filter(one => one.standing.verdict === 'upheld' || one.standing.verdict === 'attested')
      .map(one => one.claim),
  )
  const checked: (readonly [string, string])[] = []
  const lies: Lie[] = []
  const hold = (attack: string, where: string, honest: boolean, saw: string): void => {
    if (honest) checked.push([attack, where])
    else lies.push({ attack, where, saw })
  }
  const promised = (verdict: string): boolean => verdict === 'upheld' || verdict === 'attested'
  for (const { id, verdict, in_place } of feed.claims) {
    hold('promise without evidence, feed', id, carried.has(id) || !(promised(verdict) || in_place), verdict)
  }
  const shown = marksOf(page)
  for (const { id, verdict } of shown) {
    hold('promise without evidence, page', id, carried.has(id) || !promised(verdict), verdict)
  }
  for (const [index, { claims, published }] of feed.sentences.entries()) {
    const honest = !published || (claims.length > 0 && claims.every(id => carried.has(id)))
    hold('sentence without evidence, feed', `sentence ${index + 1}`, honest, 'published')
  }
  const articles = [...page.matchAll(/<article\b[^>]*\bdata-published="true"[\s\S]*?<\/article>/g)]
  for (const [index, [article]] of articles.entries()) {
    const cited = marksOf(article)
    hold(
      'sentence without evidence, page',
      `sentence ${index + 1}`,
      cited.length > 0 && cited.every(one => carried.has(one.id)),
      'published',
    )
  }
  const plans = plannedClaims.filter(plan => !carried.has(plan.id))
  const listed = new Set(feed.claims.map(one => one.id))
  const planned = feed.claims.filter(one => one.verdict === 'planned')
  for (const { id } of plans) hold('plan hidden, feed', id, listed.has(id), 'not there')
  for (const { id } of planned) {
    hold(
      'plan hidden, page',
      id,
      shown.some(one => one.id === id && one.verdict === 'planned'),
      'not there',
    )
  }
  return { plans: planned.length, checked, lies }
}

/** Every claim that a page names, with the verdict it gives it. */
function marksOf(page: string): readonly { id: string; verdict: string }[] {
  return [...page.matchAll(/\bdata-claim="([a-z0-9.-]+)"\s+data-verdict="([a-z]+)"/g)].map(match => ({
    id: match[1] ?? '',
    verdict: match[2] ?? '',
  }))
}

async function get(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { redirect: 'error', signal })
  if (!response.ok) throw cannotProbe(`${new URL(url).pathname} answered ${response.status}.`)
  return response.text()
}
