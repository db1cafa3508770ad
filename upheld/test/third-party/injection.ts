import pg from 'pg'
import { testPlatform } from '../../src/testing/index.ts'
import { upheld } from '../../src/upheld.ts'
import { openForeign } from '../proof/foreign.ts'
import { openVulnerable, type Vulnerable } from './vulnerable.ts'

/** The same hole over two ways of saying whose a request is, with one secret of each of two organizations behind it. */
export interface Target {
  readonly app: Vulnerable
  /** Of the attacker, and of the other one. */
  readonly own: string
  readonly theirs: string
  readonly victimId: string
  /** Holds a transaction open in which the victim has just written its secret into a statement. */
  duringTheirs(work: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

const secrets = { own: 'own-9f3c1e77a0', theirs: 'theirs-5d20b8e41c' }
const watched = `select '${secrets.theirs}' as spoken`

/** Through Upheld's handle. One connection, so that whatever is left behind in a session would be met. */
export async function openOverUpheld(): Promise<Target> {
  const platform = await testPlatform({
    tenantSchemas: ['clinic'],
    migrations: new URL('../schemas/clinic/', import.meta.url),
  })
  const handle = upheld(
    { databaseUrl: platform.urls.app, contextKeyFile: 'in memory', connectionsMax: 2 },
    { contextKeys: { current: () => platform.key } },
  )
  const [a, b] = [await platform.upheld.createOrganization(), await platform.upheld.createOrganization()]
  for (const [one, word] of [
    [a, secrets.own],
    [b, secrets.theirs],
  ] as const) {
    await one.sql`insert into clinic.patient (organization_id, id, name) values (${one.id}, 1, ${word})`
    await one.sql`insert into clinic.visit (organization_id, id, patient_id, note) values (${one.id}, 1, 1, ${word})`
  }
  const ids: Readonly<Record<string, string>> = { a: a.id, b: b.id }
  const app = await openVulnerable(async (who, text) => handle.organization(ids[who] ?? '').query(text))
  return Object.freeze({
    ...secrets,
    app,
    victimId: b.id,
    duringTheirs: (work: () => Promise<void>) =>
      platform.upheld.organization(b.id).transaction(async tx => {
        await tx.query(watched)
        await work()
      }),
    async close() {
      await app.close()
      await handle.close()
      await platform.close()
    },
  })
}

/** As the recipes have it: begin, a plain setting, the statement, commit. */
export async function openOverSetting(): Promise<Target> {
  const ids: Readonly<Record<string, string>> = {
    a: '00000000-0000-4000-8000-00000000000a',
    b: '00000000-0000-4000-8000-00000000000b',
  }
  const foreign = await openForeign(`
    create schema clinic; grant usage on schema clinic to app_role;
    create table clinic.visit (organization_id uuid not null, id integer not null, note text not null, primary key (organization_id, id));
    insert into clinic.visit values ('${ids['a'] ?? ''}', 1, '${secrets.own}'), ('${ids['b'] ?? ''}', 1, '${secrets.theirs}');
    alter table clinic.visit enable row level security, force row level security;
    create policy tenant on clinic.visit using (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);
    grant select, insert, update, delete on clinic.visit to app_role`)
  const pool = new pg.Pool({ connectionString: foreign.appUrl, max: 2 })
  pool.on('error', () => undefined)
  const within = async <T>(who: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query("select set_config('app.tenant', $1, true)", [ids[who] ?? ''])
      return await work(client)
    } finally {
      await client.query('rollback')
      client.release()
    }
  }
  const app = await openVulnerable((who, text) =>
    within(who, async client => {
      const result: unknown = await client.query(text)
      return Array.isArray(result) ? result.map((one: unknown) => ({ one })) : rowsOf(result)
    }),
  )
  return Object.freeze({
    ...secrets,
    app,
    victimId: ids['b'] ?? '',
    duringTheirs: (work: () => Promise<void>) =>
      within('b', async client => {
        await client.query(watched)
        await work()
      }),
    async close() {
      await app.close()
      await pool.end()
      await foreign.close()
    },
  })
}

function rowsOf(result: unknown): readonly object[] {
  const rows: unknown = typeof result === 'object' && result !== null ? Reflect.get(result, 'rows') : []
  return Array.isArray(rows) ? rows.filter((row): row is object => typeof row === 'object') : []
}

/** What an attacker writes into the parameter: it closes the quote, and everything after it is his. */
export function payloadsAgainst(victimId: string): Readonly<Record<string, string>> {
  const union = (rest: string): string => `x' union all ${rest} --`
  const from = (call: string): string =>
    union(
      `select v.id, v.note from (select ${call} as s) x, lateral (select * from clinic.visit where x.s::text is not null offset 0) v`,
    )
  return {
    'set_config of the setting': from(`set_config('app.tenant', '${victimId}', true)`),
    'set_config, then a statement inside': union(
      `select 0, set_config('app.tenant', '${victimId}', true) || query_to_xml('select note from clinic.visit', true, true, '')::text`,
    ),
    'set_config of the context': from(`set_config('upheld.context', repeat('0', 136), true)`),
    'the context entered anew': from(
      `upheld.enter(overlay(current_setting('upheld.context') placing '${victimId.replaceAll('-', '')}' from 5))`,
    ),
    table_to_xml: union(`select 0, table_to_xml('clinic.visit', true, true, '')::text`),
    'role by a setting': from(`set_config('role', 'postgres', true)`),
    'row security by a setting': from(`set_config('row_security', 'off', true)`),
    'the other’s name': union(`select id, note from clinic.visit where organization_id = '${victimId}'`),
    'a statement behind': `x'; select set_config('app.tenant', '${victimId}', true); select note from clinic.visit; --`,
    'a role behind': `x'; set role postgres; select note from clinic.visit; --`,
    'a login behind': `x'; reset session authorization; select note from clinic.visit; --`,
    'a cursor behind': `x'; declare kept cursor with hold for select note from clinic.visit; fetch all from kept; --`,
    'a temporary table behind': `x'; create temp table kept as select note from clinic.visit; select note from kept; --`,
    'a copy behind': `x'; copy clinic.visit to stdout; --`,
    'a plan behind': `x'; explain (analyze) select note from clinic.visit where organization_id = '${victimId}'; --`,
    'a conflict inside': `x' union all (with w as (insert into clinic.visit (organization_id, id, note) values ('${victimId}', 1, 'x') on conflict (organization_id, id) do update set note = excluded.note returning id, note) select * from w) --`,
    'an error that tells': `x' and 1 = (select note from clinic.visit where organization_id = '${victimId}' limit 1)::integer --`,
    'an error in json': `x' and 1 = (select to_jsonb(v)::text from clinic.visit v where organization_id = '${victimId}' limit 1)::integer --`,
    'running statements': union(`select pid, query from pg_stat_activity`),
    'past statements': union(`select 0, query from pg_stat_statements`),
    'the key': union(`select 0, encode(inner_block, 'hex') from upheld_guard.context_key`),
    'most common values': union(`select 0, most_common_vals::text from pg_stats where tablename = 'visit'`),
    'large objects': union(`select 0, encode(lo_get(oid), 'escape') from pg_largeobject_metadata`),
    'prepared statements': union(`select 0, statement from pg_prepared_statements`),
  }
}
