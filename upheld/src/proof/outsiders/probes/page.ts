import { verifyBundle, type Verified } from '../../../verify.ts'
import type { Report } from '../../claims/index.ts'
import { readPromises } from '../../probes/index.ts'
import { mustAnswer, type ServiceLine } from '../line.ts'

const bundleBytesMax = 256 * 1024 * 1024
const bundleSecsMax = 300
const looksMax = 3

/** The evidence of the service, verified whole. The key of the log, where it is known, is one that the reader gives. */
export async function fetchEvidence(line: ServiceLine, now: Date, key: string | undefined): Promise<Verified> {
  return verifiedBy(await fetchBundle(line), key)(now)
}

async function fetchBundle(line: ServiceLine): Promise<Buffer> {
  const bundle = { method: 'GET', target: '/security/evidence/bundle', headers: {} }
  const answer = await line.ask(bundle, { bytesMax: bundleBytesMax, secsMax: bundleSecsMax })
  return Buffer.from(mustAnswer(answer, 200, 'evidence'))
}

function verifiedBy(bytes: Buffer, key: string | undefined): (now: Date) => Verified {
  return now => verifyBundle(bytes, key === undefined ? { now } : { now, key })
}

/** `roadmap.honest`, by the same comparison: what page and feed say, held against the evidence. */
export async function probePage(line: ServiceLine, report: Report, key: string | undefined): Promise<void> {
  const text = async (target: string, what: string): Promise<string> =>
    mustAnswer(await line.ask({ method: 'GET', target, headers: {} }), 200, what)
  // A run may end between two requests; what is still a lie at the third look was not that.
  for (let looks = 1; ; looks += 1) {
    const feed = await text('/security/feed.json', 'feed')
    const page = await text('/security', 'page')
    const { plans, checked, lies } = readPromises({ feed, page }, verifiedBy(await fetchBundle(line), key))
    if (lies.length > 0 && looks < looksMax) continue
    report.population('planned claims', plans)
    for (const [attack, where] of checked) report.observe(attack, where)
    for (const lie of lies) report.refute(lie)
    return
  }
}
