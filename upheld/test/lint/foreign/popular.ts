import type { ForeignSchema } from './schema.ts'

/** One login that becomes a role for each kind of caller; who asks is in a setting that the gateway writes. */
export const supabase: ForeignSchema = {
  name: 'claims in a setting, read by auth.uid()',
  tenantColumn: 'organization_id',
  type: 'uuid',
  build: `
    create role {anon} nologin; create role {authenticated} nologin; create role {gateway} login noinherit;
    alter role {gateway} set statement_timeout = '8s'; alter role {gateway} set idle_in_transaction_session_timeout = '8s';
    grant {anon}, {authenticated} to {gateway};
    create schema auth authorization {owner}; grant usage on schema auth to {authenticated};
    create schema main authorization {owner}; grant usage on schema main to {anon}, {authenticated};
    set role {owner};
    create function auth.uid() returns uuid language sql stable set search_path = pg_catalog, pg_temp as
      $$ select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
    revoke all on function auth.uid() from public; grant execute on function auth.uid() to {authenticated};
    create table main.organizations (id uuid primary key default gen_random_uuid(), name text not null);
    create table main.memberships (organization_id uuid not null references main.organizations, user_id uuid not null,
      role text not null, primary key (organization_id, user_id));
    create index on main.memberships (user_id);
    create table main.projects (organization_id uuid not null references main.organizations, id uuid not null default gen_random_uuid(),
      name text not null, primary key (organization_id, id));
    create table main.tasks (organization_id uuid not null references main.organizations, id uuid not null default gen_random_uuid(),
      project_id uuid not null, title text not null, done boolean not null default false, primary key (organization_id, id),
      foreign key (organization_id, project_id) references main.projects (organization_id, id) on delete cascade);
    create table main.time_zones (name text primary key);
    create policy own on main.organizations for select to {authenticated}
      using (id in (select m.organization_id from main.memberships m where m.user_id = (select auth.uid())));
    create policy "members read" on main.memberships for select to {authenticated} using (user_id = (select auth.uid()));
    create policy "members work" on main.projects to {authenticated}
      using (organization_id in (select m.organization_id from main.memberships m where m.user_id = (select auth.uid())));
    create policy "members work" on main.tasks to {authenticated}
      using (exists (select 1 from main.memberships m where m.organization_id = tasks.organization_id and m.user_id = (select auth.uid())));
    alter table main.organizations enable row level security, force row level security;
    alter table main.memberships enable row level security, force row level security;
    alter table main.projects enable row level security, force row level security;
    alter table main.tasks enable row level security, force row level security;
    grant select on main.organizations, main.memberships to {authenticated};
    grant select, insert, update, delete on main.projects, main.tasks to {authenticated};
    grant select on main.time_zones to {anon}, {authenticated};
    reset role`,
  already: [
    // The gateway writes the claims, and so may any statement that is injected behind it.
    'context.forgeable at request.jwt.claims',
    // Rows of a membership are chosen by their user: whether that stays within one organization, the text cannot tell.
    'policy.tenant-not-compared unproven: "members read" on main.memberships',
  ],
  holes: `
    create policy "public projects" on main.projects for select to {anon} using (true);
    grant select on main.projects to {anon};
    alter table main.tasks disable row level security;
    create view main.task_board as select * from main.tasks; grant select on main.task_board to {authenticated};
    create materialized view main.task_count as select organization_id, count(*) from main.tasks group by 1;
    grant select on main.task_count to {authenticated};
    alter table main.projects add constraint name_once unique (name)`,
  found: [
    'policy.always-true at "public projects" on main.projects',
    'table.row-security-off at main.tasks',
    'view.reads-as-owner at main.task_board',
    'view.materialized at main.task_count',
    'key.unique-global at "name_once" on main.projects',
    'key.not-distributable at main.projects',
  ],
}

/** A gateway that sets one value for each request. */
export const postgrest: ForeignSchema = {
  name: 'the tenant in a setting, in the policy itself',
  tenantColumn: 'tenant_id',
  type: 'integer',
  build: `
    create schema api authorization {owner}; grant usage on schema api to {app};
    set role {owner};
    create table api.todo (tenant_id integer not null, id integer not null, task text not null, primary key (tenant_id, id));
    create table api.note (tenant_id integer not null, id integer not null, todo_id integer not null, body text, primary key (tenant_id, id),
      foreign key (tenant_id, todo_id) references api.todo (tenant_id, id));
    create policy tenant on api.todo using (tenant_id = (select nullif(current_setting('request.tenant', true), '')::integer));
    create policy tenant on api.note using (tenant_id = (select nullif(current_setting('request.tenant', true), '')::integer));
    alter table api.todo enable row level security, force row level security;
    alter table api.note enable row level security, force row level security;
    grant select, insert, update, delete on api.todo, api.note to {app};
    reset role`,
  already: ['context.forgeable at request.tenant'],
  holes: `
    alter policy tenant on api.note using (tenant_id = coalesce(nullif(current_setting('request.tenant', true), '')::integer, tenant_id));
    create policy backoffice on api.todo using (current_setting('request.role', true) = 'backoffice');
    alter table api.note drop constraint note_tenant_id_todo_id_fkey;
    create unique index on api.todo (id);
    alter table api.note add constraint of_todo foreign key (todo_id) references api.todo (id) on delete cascade`,
  found: [
    'context.forgeable at request.role',
    'policy.tenant-not-compared at "tenant" on api.note',
    'policy.call-per-row at "tenant" on api.note',
    'policy.call-per-row at "backoffice" on api.todo',
    'policy.second-permissive at "backoffice" on api.todo',
    'policy.permissive-twice at api.todo',
    'key.unique-global at "todo_id_idx" on api.todo',
    'key.cascade-crosses at "of_todo" on api.note',
    'key.not-distributable at api.note',
    'key.not-distributable at api.todo',
  ],
}

/** Names that need quotes, ids as text; the owner is somebody else than the application. */
export const camelCase: ForeignSchema = {
  name: 'quoted names in camel case',
  tenantColumn: 'tenantId',
  type: 'text',
  build: `
    create schema "Main" authorization {owner}; grant usage on schema "Main" to {app};
    set role {owner};
    create table "Main"."Tenant" (id text primary key, name text not null);
    create table "Main"."User" ("tenantId" text not null references "Main"."Tenant", id text not null, email text not null,
      primary key ("tenantId", id), unique ("tenantId", email));
    create table "Main"."BlogPost" ("tenantId" text not null references "Main"."Tenant", id text not null, "authorId" text not null,
      title text not null, primary key ("tenantId", id),
      foreign key ("tenantId", "authorId") references "Main"."User" ("tenantId", id) on delete cascade);
    create policy tenant on "Main"."Tenant" using (id = (select current_setting('app.tenantId', true)));
    create policy tenant on "Main"."User" using ("tenantId" = (select current_setting('app.tenantId', true)));
    create policy tenant on "Main"."BlogPost" using ("tenantId" = (select current_setting('app.tenantId', true)));
    alter table "Main"."Tenant" enable row level security, force row level security;
    alter table "Main"."User" enable row level security, force row level security;
    alter table "Main"."BlogPost" enable row level security, force row level security;
    grant select on "Main"."Tenant" to {app};
    grant select, insert, update, delete on "Main"."User", "Main"."BlogPost" to {app};
    reset role`,
  already: ['context.forgeable at app.tenantId'],
  holes: `
    alter table "Main"."User" no force row level security;
    alter table "Main"."User" add constraint "User_email_key" unique (email);
    create policy bypass on "Main"."BlogPost" for update using ("tenantId" = (select current_setting('app.tenantId', true))) with check (true);
    alter table "Main"."Tenant" disable row level security`,
  found: [
    'table.row-security-not-forced at "Main"."User"',
    'key.unique-global at "User_email_key" on "Main"."User"',
    'key.not-distributable at "Main"."User"',
    'policy.second-permissive at "bypass" on "Main"."BlogPost"',
    'policy.permissive-twice at "Main"."BlogPost"',
    'table.directory-open at "Main"."Tenant"',
  ],
}
