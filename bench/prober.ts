import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Database, Queryable } from '../upheld/src/core/ports.ts'
import type { World } from '../upheld/src/proof/claims/index.ts'
import { attackRows } from '../upheld/src/proof/probes/isolation-rows/prober.ts'
import { probeDatabase } from '../upheld/src/proof/scratch/index.ts'
import { openForeign } from '../upheld/test/proof/foreign.ts'
import { proveSystem } from '../upheld/test/proof/system.ts'
import type { Organization, Upheld } from '../upheld/src/upheld.ts'

export interface ProberResult {
  readonly where: 'upheld' | 'scratch'
  readonly tables: number
  readonly attacks: number
  readonly cameThrough: number
  readonly statements: number
  readonly statementsPerTable: number
  readonly seconds: number
}

/** The prober on schemas of this many tables, on an Upheld system and on a scratch copy of any other. Statements are counted, seconds told. */
export async function proberBench(sizes: readonly number[]): Promise<readonly ProberResult[]> {
  const results: ProberResult[] = []
  for (const tables of sizes) results.push(await onUpheld(tables), await onScratch(tables))
  return results
}

/** Pairs of tables, the second of which refers to the first. */
function tablesSql(count: number, schema: string, tenant: string): string {
  const one = (index: number): string => {
    const parent =
      index % 2 === 1 ? `, foreign key (${tenant}, parent_id) references ${schema}.t${index - 1} (${tenant}, id)` : ''
    return `create table ${schema}.t${index} (${tenant} uuid not null, id integer not null, parent_id integer, name text not null, primary key (${tenant}, id), unique (${tenant}, name)${parent});`
  }
  return Array.from({ length: count }, (_, index) => one(index)).join('\n')
}

async function onUpheld(tables: number): Promise<ProberResult> {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-wide-'))
  const system = await proveSystem({ tenantSchemas: ['wide'], migrations: pathToFileURL(`${folder}/`) })
  try {
    // As one would restore a dump: the guard of DDL, which looks at every table after every statement, is asleep.
    const names = Array.from({ length: tables }, (_, index) => `wide.t${index}`)
    await system.admin.transaction(async tx => {
      await tx.query('set local session_replication_role = replica')
      await tx.query('set local role upheld_owner')
      await tx.query(tablesSql(tables, 'wide', 'organization_id'))
      await tx.query('reset role')
      await tx.query('select upheld_guard.protect_table(name::regclass) from unnest($1::text[]) name', [names])
    })
    const sent = { statements: 0 }
    let attacks = 0
    let cameThrough = 0
    const start = performance.now()
    await attackRows(counting(system.stage.live, sent), {
      population: () => undefined,
      observe: () => void (attacks += 1),
      refute: () => void (cameThrough += 1),
      signal: new AbortController().signal,
    })
    const seconds = (performance.now() - start) / 1000
    return resultOf({ where: 'upheld', tables, attacks, cameThrough, statements: sent.statements, seconds })
  } finally {
    await system.close()
    rmSync(folder, { recursive: true })
  }
}

async function onScratch(tables: number): Promise<ProberResult> {
  const names = Array.from({ length: tables }, (_, index) => `wide.t${index}`)
  const walls = names.map(
    name => `alter table ${name} enable row level security, force row level security;
      create policy tenant on ${name} using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
      grant select, insert, update, delete on ${name} to app_role;`,
  )
  const foreign = await openForeign(
    `create schema wide; grant usage on schema wide to app_role; ${tablesSql(tables, 'wide', 'tenant_id')} ${walls.join('\n')}`,
  )
  try {
    const report = await probeDatabase({
      scratchUrl: foreign.url,
      appRole: foreign.app,
      evenIfInUse: true,
      timeoutSecs: 3600,
    })
    const { beaten } = report.countsByPower.account
    const { cameThrough } = report.countsByPower.account
    const seconds = report.durationMs / 1000
    return resultOf({ where: 'scratch', tables, attacks: beaten, cameThrough, statements: report.statements, seconds })
  } finally {
    await foreign.close()
  }
}

function resultOf(one: Omit<ProberResult, 'statementsPerTable'>): ProberResult {
  return { ...one, statementsPerTable: one.statements / one.tables }
}

/** The same world, with every statement counted that goes through a login or the handle. */
function counting(world: World, sent: { statements: number }): World {
  const count = <T>(work: () => T): T => {
    sent.statements += 1
    return work()
  }
  const over = (inner: Queryable): Queryable => ({ query: (text, values) => count(() => inner.query(text, values)) })
  const database = (inner: Database): Database => ({
    ...over(inner),
    transaction: work => inner.transaction(tx => work(over(tx))),
    close: () => inner.close(),
  })
  const organization = (inner: Organization): Organization => ({
    ...inner,
    query: (text: string, values?: readonly unknown[]) => count(() => inner.query(text, values)),
    transaction: (work, mode) =>
      inner.transaction(
        tx =>
          work({ ...tx, query: (text: string, values?: readonly unknown[]) => count(() => tx.query(text, values)) }),
        mode,
      ),
  })
  const handle = (inner: Upheld): Upheld => ({ ...inner, organization: id => organization(inner.organization(id)) })
  return {
    ...world,
    login: (role, connectionsMax) => database(world.login(role, connectionsMax)),
    open: options => handle(world.open(options)),
  }
}
