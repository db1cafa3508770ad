import assert from 'node:assert/strict'
import { z } from 'zod'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { Database } from '../../src/core/ports.ts'
import type { Tenancy } from '../../src/foundation/tenancy/index.ts'
import { apiKeys } from '../../src/guards/keys/index.ts'
import {
  allSources,
  reviews,
  type LineDecision,
  type ReviewLine,
  type Reviews,
  type ReviewSource,
} from '../../src/guards/reviews/index.ts'
import { openMembers } from '../../src/sealed-rows.ts'
import { shop, stage, type House, type Stage } from './keys-stage.ts'

export interface ReviewStage extends Stage {
  readonly reviews: Reviews
  readonly sources: readonly ReviewSource[]
  /** The same over the login of the jobs. */
  readonly jobs: { readonly database: Database; readonly tenancy: Tenancy; readonly reviews: Reviews }
  /** With sources of the test's own, over the login of identity. */
  reviewsWith(sources: readonly ReviewSource[]): Reviews
  /** Decides every line that the owner may, the others by a second owner; `of` says how. */
  decideAll(house: House, review: string, of: (line: ReviewLine) => 'keep' | 'remove'): Promise<void>
  /** A second owner for a house: nobody reviews themselves. */
  secondOwner(house: House): Promise<{ readonly memberId: string }>
  events(house: House, action: string): Promise<readonly Event[]>
}

const eventRows = z.array(
  z.object({
    outcome: z.string(),
    targets: z.array(z.object({ type: z.string(), id: z.string() })),
    detail: z.record(z.string(), z.unknown()),
  }),
)
type Event = z.output<typeof eventRows>[number]

export async function reviewStage(): Promise<ReviewStage> {
  const base = await stage()
  const { people } = base
  const { clock, platform } = people
  const database = openDatabase(platform.urls.jobs, { connectionsMax: 4 })
  const keysOfContext = { current: () => platform.key }
  const jobTenancy = openMembers({ databaseUrl: platform.urls.jobs, connectionsMax: 4, contextKeys: keysOfContext })
  const over = (handle: Tenancy): readonly ReviewSource[] => {
    const ports = { tenancy: handle, access: shop, clock }
    const keys = apiKeys({ ...ports, application: platform.upheld })
    return allSources({ ...ports, platform: platform.upheld, keys })
  }
  const sources = over(people.tenancy)
  const own = reviews({ tenancy: people.tenancy, access: shop, clock, sources })
  const jobReviews = reviews({ tenancy: jobTenancy, access: shop, clock, sources: over(jobTenancy) })
  return Object.freeze({
    ...base,
    reviews: own,
    sources,
    jobs: { database, tenancy: jobTenancy, reviews: jobReviews },
    reviewsWith: (some: readonly ReviewSource[]) =>
      reviews({ tenancy: people.tenancy, access: shop, clock, sources: some }),
    async decideAll(house: House, review: string, of: (line: ReviewLine) => 'keep' | 'remove') {
      const lines = await own.lines(house.id, review, { undecided: true, max: 500 })
      for (const reviewer of new Set(lines.map(line => line.reviewer))) {
        if (reviewer === null) continue
        const decisions = lines
          .filter(line => line.reviewer === reviewer)
          .map((line): LineDecision => ({ id: line.id, decision: of(line), reason: 'as it should be' }))
        await own.decide(house.id, { memberId: reviewer }, review, decisions)
      }
    },
    async secondOwner(house: House) {
      const person = await people.person(`second-${house.id}@example.com`)
      const [row] = await house.organization.sql<{ id: string }>`
        insert into upheld_access.member (organization_id, person_id, roles, source)
        values (${house.id}, ${person}, '{owner}', 'founder') returning id`
      return { memberId: row?.id ?? '' }
    },
    async events(house: House, action: string) {
      const { rows } = await platform.admin.query(
        `select body ->> 'outcome' as outcome, body -> 'targets' as targets, body -> 'detail' as detail
         from upheld_audit.pending where organization_id = $1 and body ->> 'action' = $2 order by received_at`,
        [house.id, action],
      )
      return eventRows.parse(rows)
    },
    async close() {
      await jobTenancy.close()
      await database.close()
      await base.close()
    },
  })
}

export function lineOf(lines: readonly ReviewLine[], kind: string, subject: string): ReviewLine {
  const found = lines.find(line => line.kind === kind && line.subject === subject)
  assert.ok(found, `${kind} ${subject}`)
  return found
}

export function decision(line: ReviewLine, what: 'keep' | 'remove' = 'keep'): LineDecision {
  return { id: line.id, decision: what, reason: 'looked at it' }
}

export function refused(code: string): (thrown: unknown) => boolean {
  return thrown => typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === code
}
