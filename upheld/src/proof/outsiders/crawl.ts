import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { Report } from '../claims/index.ts'
import { tracesOf, written, type Crawl, type Other } from '../probes/index.ts'
import type { GrantedSide } from './grant.ts'
import type { ServiceLine } from './line.ts'
import type { Handed } from './service.ts'

const settlingMax = 10

/** What a probe walks with where it has nothing but HTTP and what was handed out. */
export async function crawlOf(line: ServiceLine, handed: Handed, report: Report): Promise<Crawl> {
  const { a, b, routes } = handed.grant
  let own: GrantedSide = a
  let held = (await handed.state()).b
  return Object.freeze({
    routes,
    pagePath: '/security',
    place: 'live' as const,
    report,
    // What nobody has is made here, in the make of what is there: the service does not know which is which.
    absent: [absentLike(b), absentLike(b)] as const,
    thief: {
      own: () => own,
      theirs: otherOf(b),
      traces: () => tracesOf(b.mark, b, own),
    },
    victim: {
      own: () => b,
      get theirs() {
        return otherOf(own)
      },
      traces: () => tracesOf(own.mark, own, b),
    },
    ask: (draft, credentials) => line.ask(written(draft, credentials, line.origin)),
    state: async () => (await handed.state()).a,
    async unchanged() {
      const before = held
      held = (await handed.state()).b
      return held === before
    },
    async settle() {
      for (let looks = 0; looks < settlingMax; looks += 1) {
        const before = held
        held = (await handed.state()).b
        if (held === before) return
      }
    },
    async refresh() {
      own = await handed.renew()
    },
  } satisfies Crawl)
}

function otherOf({ ids, organization, mark }: GrantedSide): Other {
  return { ids, organization, mark, named: [...Object.values(ids), organization, mark] }
}

function absentLike({ ids }: GrantedSide): Other {
  const made = Object.fromEntries(Object.entries(ids).map(([kind, id]) => [kind, likeness(id)]))
  const [organization, mark] = [randomUUID(), `canary${randomBytes(6).toString('hex')}`]
  return { ids: made, organization, mark, named: [...Object.values(made), organization, mark] }
}

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Another identifier of the same make: a UUID for a UUID, else a digit for a digit and a letter for a letter. */
export function likeness(id: string): string {
  if (uuidForm.test(id)) return randomUUID()
  const letter = (from: string): string => from[randomInt(from.length)] ?? ''
  return id
    .replaceAll(/[1-9]/g, () => letter('123456789'))
    .replaceAll(/[a-z]/g, found => (/[a-f]/.test(found) ? letter('abcdef') : letter('ghijklmnopqrstuvwxyz')))
    .replaceAll(/[A-Z]/g, () => letter('ABCDEFGHIJKLMNOPQRSTUVWXYZ'))
}
