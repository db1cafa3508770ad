import type { Sabotage } from '../../claims/index.ts'

const grants: readonly (readonly [name: string, says: string, sql: string])[] = [
  [
    'app-reads-keys',
    'the application was granted the table of context keys',
    'grant usage on schema upheld_guard to upheld_app; grant select on upheld_guard.context_key to upheld_app',
  ],
  [
    'app-makes-temporary-tables',
    'the application may make temporary tables',
    "do $$ begin execute format('grant temporary on database %I to upheld_app', current_database()); end $$",
  ],
  [
    'app-creates',
    'the application may make tables in the public schema',
    'grant usage, create on schema public to upheld_app',
  ],
  [
    'app-sets-settings',
    'the application got back the function that changes its session',
    'grant execute on function pg_catalog.set_config(text, text, boolean) to public',
  ],
  [
    'proof-erases-evidence',
    'whoever writes evidence may also erase it',
    'alter table upheld_proof.leaf disable trigger all; grant delete on upheld_proof.leaf to upheld_proof',
  ],
  ['page-writes-runs', 'the page may write runs', 'grant insert on upheld_proof.attempt to upheld_page'],
  [
    'page-reads-customers',
    'the page may read customers’ tables',
    `do $$ declare t regclass; begin
       for t in select p.polrelid from pg_policy p where p.polname = 'upheld_tenant' loop
         execute format('grant usage on schema %s to upheld_page', (select relnamespace::regnamespace from pg_class where oid = t));
         execute format('grant select on %s to upheld_page', t);
       end loop;
     end $$`,
  ],
  [
    'migrator-owns-verifier',
    'the verifier belongs to whoever runs migrations',
    'alter function upheld.organization_id() owner to upheld_migrate',
  ],
  [
    'owner-unforced',
    'row security is not forced on the owner of the tables',
    `do $$ declare t regclass; begin
       for t in select c.oid from pg_class c join pg_policy p on p.polrelid = c.oid where p.polname = 'upheld_tenant' loop
         execute format('alter table %s no force row level security', t);
       end loop;
     end $$`,
  ],
]

export const sabotages: readonly Sabotage[] = Object.freeze(
  grants.map(([name, says, sql]) =>
    Object.freeze({
      name,
      says,
      source: import.meta.url,
      async apply(twin: Parameters<Sabotage['apply']>[0]) {
        await twin.admin.query(sql)
        return twin
      },
    }),
  ),
)
