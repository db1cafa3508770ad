import { bySql, madeTable } from '../../breaking.ts'

const own = 'organization_id = (select upheld.organization_id())'

/** Row security itself: off, not forced, or with a policy that says more than it should. */
export const policies = bySql(import.meta.url, [
  {
    name: 'row-security-off',
    says: 'row security was switched off on one table',
    sql: ({ table }) => `alter table ${table} disable row level security`,
  },
  {
    name: 'row-security-not-forced',
    says: 'row security of one table is not forced on its owner',
    sql: ({ table }) => `alter table ${table} no force row level security`,
    beyond: { prober: 'the login of the application does not own the table' },
  },
  {
    name: 'app-owns-table',
    says: 'the application logs in as the owner of one table, and row security is not forced on owners',
    sql: ({ table, schema }) =>
      `grant create on schema ${schema} to upheld_app; alter table ${table} no force row level security; alter table ${table} owner to upheld_app`,
  },
  {
    name: 'policy-lets-all-through',
    says: 'the policy of one table was changed to let every row through',
    sql: ({ table }) => `alter policy upheld_tenant on ${table} using (true)`,
  },
  {
    name: 'policy-checks-no-write',
    says: 'the policy of one table no longer checks what is written',
    sql: ({ table }) => `alter policy upheld_tenant on ${table} with check (true)`,
  },
  {
    name: 'second-policy',
    says: 'a second, generous policy was added to one table',
    sql: ({ table }) => `create policy support_can_see on ${table} for select using (true)`,
  },
  {
    name: 'policy-for-writing',
    says: 'a policy was added that lets one table be changed by anybody who does not look',
    sql: ({ table }) => `create policy tidy_up on ${table} for delete using (true)`,
  },
  {
    name: 'policy-for-update',
    says: 'a policy was added that lets any row of one table be updated',
    sql: ({ table }) => `create policy correct on ${table} for update using (true) with check (true)`,
  },
  {
    name: 'policy-for-insert',
    says: 'a policy was added that lets rows be put in for anybody',
    sql: ({ table }) => `create policy import on ${table} for insert with check (true)`,
  },
  {
    name: 'policy-or-true',
    says: 'the policy of one table compares, and then lets everything through',
    sql: ({ table }) => `alter policy upheld_tenant on ${table} using (${own} or true)`,
  },
  {
    name: 'policy-or-not-null',
    says: 'the policy of one table lets every row through that has an organization',
    sql: ({ table }) => `alter policy upheld_tenant on ${table} using (${own} or organization_id is not null)`,
  },
  {
    name: 'policy-by-coalesce',
    says: 'the policy of one table takes no organization for any organization',
    sql: ({ table }) =>
      `alter policy upheld_tenant on ${table} using (${own} or organization_id = coalesce(nullif(current_setting('app.organization', true), '')::uuid, organization_id))`,
  },
  {
    name: 'policy-by-setting',
    says: 'the policy of one table also believes a setting that nobody signed',
    sql: ({ table }) =>
      `alter policy upheld_tenant on ${table} using (${own} or organization_id::text = current_setting('upheld.organization_id', true))`,
  },
  {
    name: 'policy-by-application-name',
    says: 'the policy of one table lets whoever calls itself support through',
    sql: ({ table }) =>
      `alter policy upheld_tenant on ${table} using (${own} or current_setting('application_name') = 'support')`,
  },
  {
    name: 'policy-by-word',
    says: 'the policy of one table shows rows with a certain word to everybody',
    sql: ({ table, column }) =>
      `alter policy upheld_tenant on ${table} using (${own} or ${column}::text = 'for everybody')`,
    beyond: { prober: 'no row of a probe holds that word' },
  },
  {
    name: 'policy-swapped-comparison',
    says: 'the policy of one table compares the column with itself',
    sql: ({ table }) => `alter policy upheld_tenant on ${table} using (organization_id = organization_id)`,
  },
  {
    name: 'policy-for-others-rows',
    says: 'the policy of one table shows everything but the own rows as well',
    sql: ({ table }) =>
      `create policy elsewhere on ${table} for select using (organization_id <> (select upheld.organization_id()))`,
  },
  {
    name: 'policy-in-the-wrong-hands',
    says: 'the policy of one table was given to another role, and a generous one to the application',
    sql: ({ table }) =>
      `alter policy upheld_tenant on ${table} to upheld_page; create policy app_only on ${table} to upheld_app using (true)`,
  },
  {
    name: 'new-table-unprotected',
    says: 'the guard of new tables was switched off, and a table was made without row security',
    sql: ({ schema }) => `alter event trigger upheld_ddl disable;
      create table ${schema}.made_in_haste (organization_id uuid not null, id integer not null, note text not null default '', primary key (organization_id, id));
      alter table ${schema}.made_in_haste owner to upheld_owner;
      grant select, insert, update, delete on ${schema}.made_in_haste to upheld_app`,
  },
  {
    name: 'tenant-column-nullable',
    says: 'a table was made in which rows need not belong to anybody',
    sql: target => `${madeTable(target, 'canary_of_nobody', 'note text not null')}
      alter table ${target.schema}.canary_of_nobody alter column organization_id drop not null`,
    beyond: { prober: 'what belongs to nobody is shown to nobody' },
  },
])

const partitioned = (schema: string): string => `
  create table ${schema}.measured (organization_id uuid not null, kind text not null, id integer not null, primary key (organization_id, kind, id))
    partition by list (kind);
  alter table ${schema}.measured owner to upheld_owner;
  select upheld_guard.protect_table('${schema}.measured');
  create table ${schema}.measured_in partition of ${schema}.measured for values in ('arrived');
  alter table ${schema}.measured_in owner to upheld_owner;`

/** Tables under tables: each can be read by its own name. */
export const children = bySql(import.meta.url, [
  {
    name: 'partition-unprotected',
    says: 'a partition may be read by its own name, and has no row security',
    sql: ({ schema }) =>
      `${partitioned(schema)} grant select, insert, update, delete on ${schema}.measured_in to upheld_app`,
  },
  {
    name: 'partition-switched-off',
    says: 'row security was switched off on a partition alone',
    sql: ({ schema }) => `${partitioned(schema)}
      select upheld_guard.protect_table('${schema}.measured_in');
      alter table ${schema}.measured_in disable row level security`,
  },
  {
    name: 'child-by-inheritance',
    says: 'a table inherits from another one, but not its row security',
    sql: ({ table, schema }) => `create table ${schema}.older () inherits (${table});
      alter table ${schema}.older owner to upheld_owner;
      grant select, insert, update, delete on ${schema}.older to upheld_app`,
  },
])
