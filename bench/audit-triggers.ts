import type { Organization } from '../upheld/src/foundation/tenancy/index.ts'
import { openLab, type Lab } from '../upheld/test/audit/lab.ts'
import { contest, type Contestant, type Score } from './harness.ts'

export interface TriggerCost {
  readonly what: string
  readonly scores: readonly Score[]
}

interface Change {
  readonly what: string
  /** What of the single changes of a round this one is made, since it takes longer. */
  readonly share: number
  readonly run: (organization: Organization, index: number) => Promise<readonly unknown[]>
}

const row = '0192f0c1-7c3e-7b3a-8c1d-000000000001'

/** Each gives back one row that says how many rows it changed: the same with the audit log and without. */
const changes: readonly Change[] = [
  {
    what: 'insert of one row',
    share: 1,
    run: (one, n) => one.sql`
      with done as (insert into shop.measured (organization_id, n) values (${one.id}, ${n}) returning 1)
      select count(*) from done`,
  },
  {
    what: 'insert of 1,000 rows',
    share: 1 / 40,
    run: (one, n) => one.sql`
      with done as (
        insert into shop.measured (organization_id, n) select ${one.id}::uuid, ${n}::integer from generate_series(1, 1000) returning 1)
      select count(*) from done`,
  },
  {
    what: 'update of one row',
    share: 1,
    run: (one, n) => one.sql`
      with done as (update shop.measured set n = ${n} where id = ${row} returning 1) select count(*) from done`,
  },
]

/** The same table in two databases, one of them without the audit log; changed in turn, through the handle, one at a time. */
export async function triggerCosts(sizes: {
  readonly rounds: number
  readonly changes: number
}): Promise<readonly TriggerCost[]> {
  const plain = await openLab({ audit: false })
  try {
    const audited = await openLab({ server: plain.server })
    try {
      const pair = [await ready(plain), await ready(audited)] as const
      const costs: TriggerCost[] = []
      for (const { what, share, run } of changes) {
        const operations = Math.max(1, Math.round(sizes.changes * share))
        const contestants = ['without', 'with the audit log'].map((name, at): Contestant => {
          const organization = pair[at === 0 ? 0 : 1]
          return { name, run: async index => JSON.stringify(await run(organization, index)) }
        })
        costs.push({ what, scores: await contest(contestants, { rounds: sizes.rounds, operations, concurrency: 1 }) })
      }
      await mustBeRecorded(audited)
      return costs
    } finally {
      await audited.close()
    }
  } finally {
    await plain.close()
  }
}

async function ready(lab: Lab): Promise<Organization> {
  await lab.migrate(`
    create table shop.measured (
      organization_id uuid not null, id uuid not null default gen_random_uuid(), n integer not null,
      primary key (organization_id, id))`)
  const organization = await lab.tenancy.createOrganization()
  await organization.sql`insert into shop.measured (organization_id, id, n) values (${organization.id}, ${row}, 0)`
  return organization
}

/** Or the pair would not be one. */
async function mustBeRecorded({ admin }: Lab): Promise<void> {
  const { rows } = await admin.query(`select distinct body ->> 'action' as action from upheld_audit.pending order by 1`)
  const actions = rows.map(({ action }) => String(action)).join(' ')
  if (actions !== 'row.insert row.update') throw new Error(`Recorded were ${actions}.`)
}
