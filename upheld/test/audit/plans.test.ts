import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import pg from 'pg'
import { z } from 'zod'
import { parseQuestion, type AuditQuestion } from '../../src/foundation/audit/search/asked.ts'
import { ownLogs, type OwnLog } from '../../src/foundation/audit/search/index.ts'
import { planEachTime, statementFor } from '../../src/foundation/audit/search/search.ts'
import type { TestPlatform } from '../../src/testing/index.ts'
import type { Organization } from '../../src/upheld.ts'
import { auditPlatform, byHand, plantLog } from './stage.ts'

const total = 100_000
const limit = 25
/** Where few entries fit, the planner may collect them all before it sorts them. */
const touchedMax = 500

/** One entry a second; one in 5,000 denied; 500 members; one in 1,000 by the operator. */
const fill = `
  with made as (
    select n as index,
      '2026-01-01 00:00:00Z'::timestamptz + n * interval '1 second' as received_at,
      (array['row.insert', 'row.update', 'row.delete', 'session.started'])[1 + n % 4] as action,
      case when n % 1000 = 0 then 'operator' else 'member' end as actor_type,
      'm-' || n % 500 as actor_id,
      case when n % 5000 = 0 then 'denied' else 'success' end as outcome,
      case when n % 800 = 0 then 'desk.api_key' else 'desk.message' end as object
    from generate_series(0, $3::integer - 1) n
  ), leaf as (
    insert into upheld_audit.leaf (log, index, organization_id, id, received_at, action, actor_type, actor_id, object, outcome, bytes)
    select $1, index, $2, gen_random_uuid(), received_at, action, actor_type, actor_id, object, outcome,
      convert_to(json_build_object('action', action, 'object', object, 'outcome', outcome)::text, 'UTF8')
    from made
  )
  insert into upheld_audit.mention (organization_id, target, log, index)
  select $2, 'desk.message:' || index % 2000, $1, index from made`

interface Plan {
  readonly 'Node Type': string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Index Name'?: string | undefined
  readonly 'Rows Removed by Filter'?: number | undefined
  readonly 'Rows Removed by Index Recheck'?: number | undefined
  readonly Plans?: readonly Plan[] | undefined
}
const plan: z.ZodType<Plan> = z.lazy(() =>
  z.object({
    'Node Type': z.string(),
    'Actual Rows': z.number(),
    'Actual Loops': z.number(),
    'Index Name': z.string().optional(),
    'Rows Removed by Filter': z.number().optional(),
    'Rows Removed by Index Recheck': z.number().optional(),
    Plans: z.array(plan).optional(),
  }),
)
const answer = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: plan })]) })])

const nodesOf = (node: Plan): Plan[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

/** Rows that were looked at, whether they were given or not. */
const touchedBy = (node: Plan): number =>
  nodesOf(node)
    .filter(one => /Scan/.test(one['Node Type']))
    .reduce((sum, one) => {
      const rows =
        one['Actual Rows'] + (one['Rows Removed by Filter'] ?? 0) + (one['Rows Removed by Index Recheck'] ?? 0)
      return sum + rows * one['Actual Loops']
    }, 0)

suite('every search of a log of 100,000 entries is an index scan', () => {
  let platform: TestPlatform
  let acme: Organization
  let log: OwnLog

  before(async () => {
    platform = await auditPlatform()
    acme = await platform.upheld.createOrganization()
    const other = await platform.upheld.createOrganization()
    for (const [organization, count] of [
      [acme, total],
      [other, 5_000],
    ] as const) {
      const id = await plantLog(platform, organization)
      await platform.admin.query(fill, [id, organization.id, count])
      await platform.admin.query(`update upheld_audit.log set size = $2, checkpoint = 'x' where id = $1`, [id, count])
    }
    await platform.admin.query('analyze upheld_audit.leaf, upheld_audit.mention')
    const [found] = await acme.transaction(tx => ownLogs(tx, acme.id))
    assert.ok(found)
    log = found
  })
  after(() => platform.close())

  /** How the statement is carried out for the organization's own context, with every rule of row security in it. */
  const explain = async (question: AuditQuestion, below: number): Promise<Plan> => {
    const { text, values } = statementFor(
      { organizationId: acme.id, log, below, asked: parseQuestion(question) },
      limit,
    )
    return byHand(platform, acme, async client => {
      // The handle's statements have names: from the sixth time on one plan could serve whatever is asked.
      await client.query(planEachTime)
      await client.query(`prepare asked as ${text}`)
      const literals = values.map(value => pg.escapeLiteral(String(value))).join(', ')
      const statement = `explain (analyze, timing off, summary off, format json) execute asked (${literals})`
      for (let times = 1; times <= 6; times += 1) await client.query(statement)
      const { rows } = await client.query(statement)
      return answer.parse(rows)[0]['QUERY PLAN'][0].Plan
    })
  }

  const at = (n: number): Date => new Date(Date.UTC(2026, 0, 1) + n * 1000)
  const questions: readonly (readonly [name: string, question: AuditQuestion])[] = [
    ['nothing: the newest', {}],
    ['a day in the middle', { from: at(40_000), to: at(50_000) }],
    ['everything since a moment that is almost now', { from: at(total - 3) }],
    ['everything before the first minute', { to: at(60) }],
    ['a time after everything', { from: at(total + 5) }],
    ['action', { action: 'row.delete' }],
    ['an action that was never done', { action: 'row.vanish' }],
    ['one member', { actorId: 'm-77' }],
    ['everything by the operator', { actorType: 'operator' }],
    ['what was denied', { outcome: 'denied' }],
    ['what failed, which nothing did', { outcome: 'failure' }],
    ['one table', { object: 'desk.api_key' }],
    ['one row', { target: 'desk.message:42' }],
    ['one row that nobody touched', { target: 'desk.message:none' }],
    // The scarcer of the two leads; what it finds is held against the other.
    ['one member and an action', { actorId: 'm-77', action: 'row.update' }],
    [
      'the operator on one table, on one day',
      { actorType: 'operator', object: 'desk.api_key', from: at(0), to: at(86_400) },
    ],
  ]
  for (const [name, question] of questions) {
    test(`${name}: an index, and few rows`, async () => {
      for (const below of [total, total / 2]) {
        const found = await explain(question, below)
        const kinds = nodesOf(found).map(node => node['Node Type'])
        assert.ok(
          kinds.some(kind => /Index/.test(kind)),
          kinds.join(),
        )
        assert.ok(!kinds.some(kind => /Seq Scan|Hash/.test(kind)), kinds.join())
        const touched = touchedBy(found)
        assert.ok(
          touched <= touchedMax,
          `${touched} rows, by ${nodesOf(found)
            .flatMap(node => node['Index Name'] ?? [])
            .join()}`,
        )
      }
    })
  }

  test('positive control: a statement without an index is noticed', async () => {
    const { rows } = await byHand(platform, acme, client =>
      client.query(
        'explain (analyze, timing off, summary off, format json) select 1 from upheld_audit.leaf where octet_length(bytes) = 7',
      ),
    )
    const found = answer.parse(rows)[0]['QUERY PLAN'][0].Plan
    assert.ok(nodesOf(found).some(node => /Seq Scan/.test(node['Node Type'])) || touchedBy(found) > touchedMax)
  })
})
