import pg from 'pg'
import { canonicalJson, type JsonObject } from '../../src/core/json.ts'
import { signContext } from '../../src/foundation/tenancy/index.ts'
import { testPlatform, type TestPlatform } from '../../src/testing/index.ts'
import type { Organization } from '../../src/upheld.ts'

const clinic = { tenantSchemas: ['clinic'], migrations: new URL('../schemas/clinic/', import.meta.url) }

/** A prepared database with the audit log in it. */
export function auditPlatform(): Promise<TestPlatform> {
  return testPlatform(clinic)
}

/** What differs between the entries of a test; everything else is the same in all. */
export interface Planted {
  readonly action?: string
  readonly actorType?: string
  readonly actorId?: string
  readonly object?: string
  readonly outcome?: string
  readonly targets?: readonly string[]
  readonly at?: string
}

/** The time of the entry at a place, when nothing else is said: one a second. */
export function timeAt(index: number): Date {
  return new Date(Date.UTC(2026, 0, 1) + index * 1000)
}

export function leafText(index: number, planted: Planted): string {
  const { action = 'row.insert', actorType = 'member', actorId = 'm-0', object = 'clinic.patient' } = planted
  const leaf: JsonObject = {
    type: 'upheld/audit@v1',
    id: idAt(index),
    action,
    actor: { type: actorType, id: actorId },
    purpose: 'test',
    outcome: planted.outcome ?? 'success',
    received_at: planted.at ?? timeAt(index).toISOString(),
    ...(object === '' ? {} : { object }),
    ...(planted.targets === undefined ? {} : { rows: planted.targets, rows_total: planted.targets.length }),
  }
  return canonicalJson(leaf)
}

function idAt(index: number): string {
  return `0198c0de-0000-7000-8000-${String(index).padStart(12, '0')}`
}

/** An open log as the tables keep it. Its head is no real one: what reads a log believes it, what verifies one does not. */
export async function plantLog(platform: TestPlatform, organization: Organization, ordinal = 0): Promise<string> {
  const { rows } = await platform.admin.query(
    `insert into upheld_audit.log (organization_id, origin, verifier_key, checkpoint)
     values ($1, $2, 'planted', 'planted') returning id`,
    [organization.id, `test.example/upheld/audit/${organization.id}-${ordinal}`],
  )
  return String(rows[0]?.['id'])
}

/** Adds entries at the end of a log, as the recorder does: leaves, what they mention, and the new size. */
export async function plantEntries(
  { admin }: TestPlatform,
  organization: Organization,
  log: string,
  entries: readonly Planted[],
): Promise<void> {
  const { rows } = await admin.query('select size from upheld_audit.log where id = $1', [log])
  const first = Number(rows[0]?.['size'])
  const leaves = entries.map((planted, n) => ({
    index: first + n,
    id: idAt(first + n),
    received_at: planted.at ?? timeAt(first + n).toISOString(),
    action: planted.action ?? 'row.insert',
    actor_type: planted.actorType ?? 'member',
    actor_id: planted.actorId ?? 'm-0',
    object: planted.object === '' ? null : (planted.object ?? 'clinic.patient'),
    outcome: planted.outcome ?? 'success',
    bytes: Buffer.from(leafText(first + n, planted)).toString('hex'),
  }))
  await admin.query(
    `insert into upheld_audit.leaf (log, index, organization_id, id, received_at, action, actor_type, actor_id, object, outcome, bytes)
     select $1, l.index, $2, l.id, l.received_at, l.action, l.actor_type, l.actor_id, l.object, l.outcome, decode(l.bytes, 'hex')
     from jsonb_to_recordset($3::jsonb) l
       (index bigint, id uuid, received_at timestamptz, action text, actor_type text, actor_id text, object text, outcome text, bytes text)`,
    [log, organization.id, JSON.stringify(leaves)],
  )
  const mentions = entries.flatMap(({ targets = [], object = 'clinic.patient' }, n) =>
    targets.map(target => ({ target: `${object}:${target}`, index: first + n })),
  )
  await admin.query(
    `insert into upheld_audit.mention (organization_id, target, log, index)
     select $1, m.target, $2, m.index from jsonb_to_recordset($3::jsonb) m (target text, index bigint)`,
    [organization.id, log, JSON.stringify(mentions)],
  )
  await admin.query(
    `update upheld_audit.log set size = $2::bigint, checkpoint = 'planted ' || $2::bigint, received_at = $3 where id = $1`,
    [log, first + entries.length, leaves.at(-1)?.received_at ?? '-infinity'],
  )
}

/** The application's login in somebody's hands, inside a well signed context of one organization. */
export async function byHand<T>(
  platform: TestPlatform,
  organization: Organization,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(platform.urls.app)
  await client.connect()
  try {
    await client.query('begin')
    const fields = {
      organization: organization.id,
      expiresAtSecs: Math.floor(Date.now() / 1000) + 60,
      backendPid: 0,
      nonce: '0123456789abcdef',
    }
    await client.query('select upheld.enter($1)', [signContext(platform.key, fields)])
    return await work(client)
  } finally {
    await client.end()
  }
}
