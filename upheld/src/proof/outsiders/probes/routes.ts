import { walkFromOutside } from '../../probes/index.ts'
import { crawlOf } from '../crawl.ts'
import type { Ground } from './ground.ts'

/** `isolation.routes` with the attacks that our own prover makes, by somebody who has nothing but HTTP. */
export async function probeRoutes({ line, handed, report }: Ground): Promise<void> {
  const crawl = await crawlOf(line, handed, report)
  report.population('routes', crawl.routes.length)
  await walkFromOutside(crawl)
}
