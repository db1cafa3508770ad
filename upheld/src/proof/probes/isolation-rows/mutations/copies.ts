import { bySql, openSchema } from '../../breaking.ts'

const keeping = (table: string): string => `${openSchema}
  create table archive.kept (at timestamptz not null default clock_timestamp(), organization_id uuid, line text);
  create function archive.keep() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as
    $$ begin insert into archive.kept (organization_id, line) values (new.organization_id, new::text); return new; end $$;
  create trigger zz_keep after insert or update on ${table} for each row execute function archive.keep();
  alter table ${table} enable always trigger zz_keep;`

const notFilled = 'a copy of the system has no rows of customers to be copied'

/** Other ways to the same rows: views, copies, rules, triggers, publications. */
export const copies = bySql(import.meta.url, [
  {
    name: 'view-with-owner-rights',
    says: 'a view was made that reads with the rights of a superuser',
    sql: ({ table, schema }) =>
      `create view ${schema}.all_of_it as select * from ${table}; grant select on ${schema}.all_of_it to upheld_app`,
  },
  {
    name: 'view-elsewhere',
    says: 'a view in another schema reads with the rights of a superuser',
    sql: ({ table }) => `${openSchema} create view archive.report as select * from ${table};
      grant select on archive.report to upheld_app`,
  },
  {
    name: 'view-that-counts',
    says: 'a view counts the rows of all organizations',
    sql: ({ table, schema }) => `create view ${schema}.how_many as select count(*) as rows from ${table};
      grant select on ${schema}.how_many to upheld_app`,
  },
  {
    name: 'view-for-writing',
    says: 'rows can be deleted through a view with the rights of a superuser',
    sql: ({ table, schema, column }) => `create view ${schema}.tidy as select ${column} from ${table};
      grant select, delete on ${schema}.tidy to upheld_app`,
  },
  {
    name: 'materialized-view',
    says: 'a materialized view keeps a copy of the rows of all organizations',
    sql: ({ table, schema }) => `create materialized view ${schema}.numbers as select count(*) as rows from ${table};
      grant select on ${schema}.numbers to upheld_app`,
    beyond: { prober: notFilled },
  },
  {
    name: 'foreign-table',
    says: 'a table of another server was attached, which row security does not reach',
    sql: ({ schema }) => `create foreign data wrapper elsewhere; create server other foreign data wrapper elsewhere;
      create foreign table ${schema}.far_away (organization_id uuid not null, note text) server other;
      grant select on ${schema}.far_away to upheld_app`,
    beyond: { prober: 'a copy of the system has no other server behind it' },
  },
  {
    name: 'copy-left-behind',
    says: 'a copy of one table was left where the application may read it',
    sql: ({ table }) => `${openSchema} create table archive.yesterday as select * from ${table};
      grant select on archive.yesterday to upheld_app`,
    beyond: { prober: notFilled },
  },
  {
    name: 'copy-left-in-part',
    says: 'a copy was left of which the application may read one column',
    sql: ({ table, column }) => `${openSchema} create table archive.yesterday as select * from ${table};
      grant select (${column}) on archive.yesterday to upheld_app`,
    beyond: { prober: notFilled },
  },
  {
    name: 'trigger-copies',
    says: 'a trigger copies each row into a table without row security',
    sql: ({ table }) => `${keeping(table)} grant select on archive.kept to upheld_app`,
  },
  {
    name: 'trigger-copies-in-part',
    says: 'a trigger copies each row into a table of which the application may read a part',
    sql: ({ table }) => `${keeping(table)} grant select (line) on archive.kept to upheld_app`,
  },
  {
    name: 'rule-copies',
    says: 'a rule writes each new row into a table without row security as well',
    sql: ({ table }) => `${openSchema} create table archive.noted (organization_id uuid);
      grant usage on schema archive to upheld_owner; grant insert on archive.noted to upheld_owner;
      create rule also as on insert to ${table} do also insert into archive.noted values (new.organization_id);
      alter table ${table} enable always rule also;
      grant select on archive.noted to upheld_app`,
  },
  {
    name: 'published-to-all',
    says: 'all tables are published to whoever may replicate',
    sql: () => 'create publication everything for all tables',
    beyond: { prober: 'the login of the application cannot replicate' },
  },
  {
    name: 'published-table',
    says: 'one table is published with the rows of all organizations',
    sql: ({ table }) => `create publication some_rows for table ${table}`,
    beyond: { prober: 'the login of the application cannot replicate' },
  },
])
