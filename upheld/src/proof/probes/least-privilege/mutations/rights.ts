import { bySql } from '../../breaking.ts'

/** What the logins may do with keys, customers' rows, evidence and guards. */
export const rights = bySql(import.meta.url, [
  {
    name: 'app-reads-keys',
    says: 'the application was granted the table of context keys',
    sql: () =>
      'grant usage on schema upheld_guard to upheld_app; grant select on upheld_guard.context_key to upheld_app',
  },
  {
    name: 'app-creates',
    says: 'the application may make tables in the public schema',
    sql: () => 'grant usage, create on schema public to upheld_app',
  },
  {
    name: 'app-sets-settings',
    says: 'the application got back the function that changes its session',
    sql: () => 'grant execute on function pg_catalog.set_config(text, text, boolean) to public',
  },
  {
    name: 'proof-erases-evidence',
    says: 'whoever writes evidence may also erase it',
    sql: () => 'alter table upheld_proof.leaf disable trigger all; grant delete on upheld_proof.leaf to upheld_proof',
  },
  {
    name: 'page-writes-runs',
    says: 'the page may write runs',
    sql: () => 'grant insert on upheld_proof.attempt to upheld_page',
  },
  {
    name: 'page-reads-customers',
    says: 'the page may read customers’ tables',
    sql: () => `do $$ declare t regclass; begin
      for t in select p.polrelid from pg_policy p where p.polname = 'upheld_tenant' and p.polrelid::regclass::text !~ '^upheld_audit' loop
        execute format('grant usage on schema %s to upheld_page', (select relnamespace::regnamespace from pg_class where oid = t));
        execute format('grant select on %s to upheld_page', t);
      end loop;
    end $$`,
  },
  {
    name: 'app-reads-evidence',
    says: 'the application may read the runs and the evidence',
    sql: () =>
      'grant usage on schema upheld_proof to upheld_app; grant select on all tables in schema upheld_proof to upheld_app',
  },
  {
    name: 'migrator-owns-verifier',
    says: 'the verifier belongs to whoever runs migrations',
    sql: () => 'alter function upheld.organization_id() owner to upheld_migrate',
  },
  {
    name: 'owner-unforced',
    says: 'row security is not forced on the owner of the tables',
    sql: () => `do $$ declare t regclass; begin
      for t in select c.oid from pg_class c join pg_policy p on p.polrelid = c.oid where p.polname = 'upheld_tenant' and p.polrelid::regclass::text !~ '^upheld_audit' loop
        execute format('alter table %s no force row level security', t);
      end loop;
    end $$`,
  },
])
