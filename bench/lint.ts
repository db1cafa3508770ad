import { openDatabase } from '../upheld/src/adapters/postgres/database.ts'
import { lint } from '../upheld/src/proof/lint/index.ts'
import { testDatabase, testServer } from '../upheld/src/testing/server.ts'

export interface LintResult {
  readonly tables: number
  /** As the linter counted them. */
  readonly population: number
  readonly findings: number
  readonly seconds: readonly number[]
}

/** The linter on schemas of this many tables, each with keys, an index and a policy; every tenth pair is partitioned. */
export async function lintBench(sizes: readonly number[], rounds: number): Promise<readonly LintResult[]> {
  const results: LintResult[] = []
  for (const tables of sizes) {
    const database = await testDatabase(await testServer())
    const admin = openDatabase(database.adminUrl, { connectionsMax: 1 })
    try {
      await admin.query('create schema wide')
      // In parts: one transaction may hold only so many locks.
      for (let from = 0; from < tables; from += 200) await admin.query(tablesSql(from, Math.min(from + 200, tables)))
      await admin.query('analyze')
      const seconds: number[] = []
      let findings = 0
      let population = 0
      for (let round = 0; round <= rounds; round++) {
        const start = performance.now()
        const report = await lint(admin, { tenantColumn: 'account_id' })
        if (round > 0) seconds.push((performance.now() - start) / 1000)
        findings = report.findings.length
        population = report.population['tables'] ?? 0
      }
      results.push({ tables, population, findings, seconds })
    } finally {
      await admin.close()
      await database.drop()
    }
  }
  return results
}

function tablesSql(from: number, to: number): string {
  const table = (index: number): string => {
    const name = `wide.t${index}`
    // A leaf counts as a table: it stands in the place of the one after its parent.
    if (index % 20 === 11)
      return `create table ${name} partition of wide.t${index - 1} for values with (modulus 1, remainder 0); ${wall(name)}`
    const partitioned = index % 20 === 10
    const parent =
      index % 2 === 1
        ? `, foreign key (account_id, parent_id) references wide.t${index - 1} (account_id, id) on delete cascade`
        : ''
    return `create table ${name} (account_id bigint not null, id bigint not null, parent_id bigint, name text not null,
        state text not null default 'open' check (state in ('open', 'done')), made_at timestamptz not null default now(),
        primary key (account_id, id), unique (account_id, name)${parent}) ${partitioned ? 'partition by hash (account_id)' : ''};
      create index on ${name} (account_id, made_at); ${wall(name)}`
  }
  return Array.from({ length: to - from }, (_, offset) => table(from + offset)).join('\n')
}

function wall(name: string): string {
  return `alter table ${name} enable row level security, force row level security;
    create policy tenant on ${name} using (account_id = (select current_setting('app.account_id', true)::bigint))
      with check (account_id = (select current_setting('app.account_id', true)::bigint));`
}
