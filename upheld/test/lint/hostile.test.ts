import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { Database, Queryable } from '../../src/core/ports.ts'
import { readCatalogue, sectionNames } from '../../src/foundation/catalogue/index.ts'
import { allRules, lint, lintCatalogue } from '../../src/proof/lint/index.ts'
import { openYard, type Plot, type Yard } from './yard.ts'

/** Counts what is sent. */
function counted(database: Database): { readonly database: Database; readonly sent: () => number } {
  let sent = 0
  const transaction = <T>(work: (tx: Queryable) => Promise<T>): Promise<T> =>
    database.transaction(tx =>
      work({
        query(text, values) {
          sent += 1
          return tx.query(text, values)
        },
      }),
    )
  return { database: { ...database, transaction }, sent: () => sent }
}

/** The login of a role, which gets a password for it. */
async function urlAs(plot: Plot, role: string): Promise<string> {
  const password = randomBytes(16).toString('hex')
  await plot.run(`alter role ${role} password '${password}'`)
  const url = new URL(plot.adminUrl)
  url.username = plot.spell(role)
  url.password = password
  return url.href
}

const hostile = `create schema "sch""ema\n🚪; drop table x" authorization {owner};
  grant usage on schema "sch""ema\n🚪; drop table x" to {app};
  create table "sch""ema\n🚪; drop table x"."ta'b""le\t.\\" ("tenant\nid" uuid not null, "i""d 🚪" bigint not null, "ot'her" bigint,
    primary key ("i""d 🚪"));
  create index "in""dex" on "sch""ema\n🚪; drop table x"."ta'b""le\t.\\" ("tenant\nid");
  create unique index "uni""que 🚪" on "sch""ema\n🚪; drop table x"."ta'b""le\t.\\" (("ot'her" + 1)) where "ot'her" > 0;
  alter table "sch""ema\n🚪; drop table x"."ta'b""le\t.\\" owner to {owner}, enable row level security;
  create policy "po""licy\n" on "sch""ema\n🚪; drop table x"."ta'b""le\t.\\" using ("i""d 🚪" > 0 or "tenant\nid" is null);
  grant select on "sch""ema\n🚪; drop table x"."ta'b""le\t.\\" to {app}`

suite('databases that are hard to look at', { concurrency: 2 }, () => {
  let yard: Yard
  before(async () => {
    yard = await openYard()
  })
  after(() => yard.close())

  async function on(work: (plot: Plot) => Promise<void>, kind: 'base' | 'bare' = 'base'): Promise<void> {
    const plot = await yard.open(kind)
    try {
      await work(plot)
    } finally {
      await plot.close()
    }
  }

  test('names with quotes, line breaks and emoji are found, and mended by what is printed', () =>
    on(async plot => {
      await plot.run(hostile)
      const label = '"sch""ema\n🚪; drop table x"."ta\'b""le\t.\\"'
      const options = { tenantColumn: 'tenant\nid' }
      const planted = await plot.lint(options)
      const about = (rule: string): string[] =>
        planted.findings.filter(one => one.rule === rule).map(one => one.place.label)
      assert.deepEqual(about('policy.tenant-not-compared'), [`"po""licy\n" on ${label}`])
      assert.deepEqual(about('table.row-security-not-forced'), [label])
      assert.deepEqual(about('key.unique-global').sort(), [
        `"ta'b""le\t.\\_pkey" on ${label}`,
        `"uni""que 🚪" on ${label}`,
      ])
      await plot.mend(planted.findings)
      const mended = await plot.lint(options)
      assert.deepEqual(
        mended.findings.filter(one => one.place.label.includes("ta'b")).map(one => one.rule),
        [],
      )
    }))

  test('types and extensions that nobody knows, and columns that were dropped', () =>
    on(async plot => {
      await plot.run(`create type shop.mood as enum ('calm'); create domain shop.code as text; create domain shop.short as shop.code check (length(value) < 9);
        create type shop.pair as (a integer, b shop.mood); create type shop.span as range (subtype = float8); create type shop.shell;
        create table shop.strange (organization_id shop.short not null, id bigint not null, gone integer, moods shop.mood[], pairs shop.pair[],
          spans shop.span, whole shop.invoice, twice bigint generated always as (id * 2) stored, primary key (organization_id, id));
        alter table shop.strange drop column gone;
        alter table shop.strange owner to {owner}; alter table shop.strange enable row level security, force row level security;
        create policy tenant on shop.strange using (organization_id = (select shop.tenant())::text); grant select on shop.strange to {app}`)
      const catalogue = await readCatalogue(plot.database)
      const strange = catalogue.relations.find(one => one.name === 'strange')
      assert.deepEqual(
        strange?.columns.map(one => [one.name, one.base, one.generated]),
        [
          ['organization_id', 'text', false],
          ['id', 'bigint', false],
          ['moods', 'shop.mood[]', false],
          ['pairs', 'shop.pair[]', false],
          ['spans', 'shop.span', false],
          ['whole', 'shop.invoice', false],
          ['twice', 'bigint', true],
        ],
      )
      assert.deepEqual(
        lintCatalogue(catalogue)
          .findings.map(one => one.place.label)
          .filter(one => one.includes('strange')),
        [],
      )
    }))

  test('a plain login without any right sees the same holes', () =>
    on(async plot => {
      await plot.run(`create role {nobody} login; alter table shop.invoice disable row level security;
        alter role {nobody} set statement_timeout = '60s'; grant connect on database {database} to {nobody}`)
      const own = openDatabase(await urlAs(plot, '{nobody}'))
      try {
        const [seen, all] = [await lint(own), await plot.lint()]
        assert.deepEqual([seen.lookedAs, seen.unseen], [plot.spell('{nobody}'), []])
        assert.deepEqual(
          seen.findings.map(one => `${one.rule} ${one.place.label}`),
          all.findings.map(one => `${one.rule} ${one.place.label}`),
        )
      } finally {
        await own.close()
      }
    }))

  test('a catalogue that may not be read is unseen, and no rule that needs it is green', () =>
    on(async plot => {
      const closed = {
        policies: 'pg_policy',
        routines: 'pg_proc',
        columns: 'pg_attribute',
        keys: 'pg_index',
        triggers: 'pg_trigger',
        views: 'pg_rewrite',
        extensions: 'pg_extension',
      } as const
      await plot.run(`create role {blind} login; grant connect on database {database} to {blind};
        ${Object.values(closed)
          .map(name => `revoke select on pg_catalog.${name} from public;`)
          .join('')}`)
      const own = openDatabase(await urlAs(plot, '{blind}'))
      try {
        const report = await lint(own)
        const unseen = report.unseen.map(one => one.section)
        for (const section of sectionNames.filter(name => name in closed)) assert.ok(unseen.includes(section), section)
        const unproven = new Set(report.unproven.map(one => one.rule))
        const needy = allRules.filter(rule => rule.needs.some(section => unseen.includes(section)))
        assert.ok(needy.length > 20)
        assert.deepEqual(
          needy.filter(rule => !unproven.has(rule.id)).map(rule => rule.id),
          [],
        )
        assert.ok(report.unseen.every(one => /may not read/.test(one.why)))
      } finally {
        await own.close()
      }
    }))

  test('a database that shows no tenant column: whatever needs one is unproven', () =>
    on(async plot => {
      await plot.run('create schema blog; create table blog.post (id bigint primary key, title text)')
      const report = await plot.lint()
      assert.equal(report.tenantColumn, undefined)
      const unproven = new Set(report.unproven.map(one => one.rule))
      assert.deepEqual(
        allRules.filter(rule => rule.tenancy !== false && !unproven.has(rule.id)).map(rule => rule.id),
        [],
      )
    }, 'bare'))

  test('a column or a role that is misspelt is refused, with the nearest that there is', () =>
    on(async plot => {
      await assert.rejects(plot.lint({ tenantColumn: 'organisation_id' }), {
        code: 'lint.no_such_column',
        message: /there is organization_id/,
      })
      await assert.rejects(plot.lint({ tenantColumn: 'organization_id,regoin' }), { code: 'lint.no_such_column' })
      await assert.rejects(plot.lint({ tenantColumn: '' }), { code: 'lint.no_such_column' })
      const app = plot.spell('{app}')
      await assert.rejects(plot.lint({ appRoles: [`${app}s`] }), {
        code: 'lint.no_such_role',
        message: new RegExp(app),
      })
    }))

  test('a rule that fails is unproven, and the others go on', () =>
    on(async plot => {
      const [first] = allRules
      assert.ok(first !== undefined)
      const broken = {
        ...first,
        id: 'test.broken',
        check() {
          throw new Error('a secret of the catalogue')
        },
      }
      await plot.run('alter table shop.invoice disable row level security')
      const report = lintCatalogue(await readCatalogue(plot.database), {}, [broken, ...allRules])
      assert.deepEqual(
        report.unproven.map(one => one.rule),
        ['test.broken'],
      )
      assert.doesNotMatch(JSON.stringify(report), /secret of the catalogue/)
      assert.ok(report.findings.some(one => one.rule === 'table.row-security-off'))
    }))

  test('5,000 tables take as many statements as eight, and are all looked at', () =>
    on(async plot => {
      const few = counted(plot.database)
      await readCatalogue(few.database)
      // In parts: one transaction may hold only so many locks.
      for (let from = 1; from <= 5_000; from += 500) {
        await plot.run(`do $$ begin for n in ${from}..${from + 499} loop
          execute format('create table shop.t%s (organization_id uuid not null, id bigint not null, name text)', n);
        end loop; end $$`)
      }
      const many = counted(plot.database)
      const started = performance.now()
      const report = lintCatalogue(await readCatalogue(many.database))
      const tookMs = performance.now() - started
      assert.equal(many.sent(), few.sent())
      assert.equal(report.findings.filter(one => one.rule === 'table.row-security-off').length, 5000)
      console.log(`lint of 5,000 tables: ${Math.round(tookMs)} ms`)
    }))
})
