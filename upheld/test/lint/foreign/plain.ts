import type { ForeignSchema } from './schema.ts'

/** Numbers for ids, children that say whose they are only through their parent. */
export const bigintAccounts: ForeignSchema = {
  name: 'bigint account_id',
  tenantColumn: 'account_id',
  type: 'bigint',
  build: `
    create schema crm authorization {owner}; grant usage on schema crm to {app};
    set role {owner};
    create table crm.plan (code text primary key, price integer not null);
    create table crm.deal (account_id bigint not null, id bigint not null, title text not null, plan_code text references crm.plan,
      primary key (account_id, id));
    create table crm.call (account_id bigint not null, id bigint not null, deal_id bigint, primary key (account_id, id),
      foreign key (account_id, deal_id) references crm.deal (account_id, id) on delete set null (deal_id));
    create policy own on crm.deal using (account_id = (select current_setting('crm.account', true)::bigint));
    create policy own on crm.call using (account_id = (select current_setting('crm.account', true)::bigint));
    alter table crm.deal enable row level security, force row level security;
    alter table crm.call enable row level security, force row level security;
    grant select on crm.plan to {app}; grant select, insert, update, delete on crm.deal, crm.call to {app};
    reset role`,
  already: ['context.forgeable at crm.account'],
  holes: `
    create table crm.line (id bigint primary key, account bigint not null, deal_id bigint not null, amount integer,
      foreign key (account, deal_id) references crm.deal (account_id, id));
    alter table crm.line owner to {owner}; grant select on crm.line to {app};
    alter table crm.call alter column id set default 1;
    alter policy own on crm.call using (account_id is not null or id > 0);
    create table crm.deal_log (account_id bigint, at timestamptz); alter table crm.deal_log owner to {owner}; grant select on crm.deal_log to {app}`,
  found: [
    'table.row-security-off at crm.line',
    'table.no-tenant-column at crm.line',
    'policy.always-true at "own" on crm.call',
    'table.row-security-off at crm.deal_log',
    'table.tenant-column-nullable at crm.deal_log',
    'key.tenant-index-missing at crm.deal_log',
    'key.not-distributable at crm.deal_log',
  ],
}

/** A word in place of a number; each tenant's own database role reads with it. */
export const slugs: ForeignSchema = {
  name: 'text slugs, compared with who is logged in',
  tenantColumn: 'workspace',
  type: 'text',
  build: `
    create schema wiki authorization {owner}; grant usage on schema wiki to {app};
    set role {owner};
    create table wiki.page (workspace text not null, path text not null, body text not null default '', primary key (workspace, path));
    create table wiki.link (workspace text not null, source text not null, target text not null, primary key (workspace, source, target),
      foreign key (workspace, source) references wiki.page (workspace, path),
      foreign key (workspace, target) references wiki.page (workspace, path));
    create table wiki.attachment (workspace text not null, name text not null, bytes bytea, primary key (workspace, name));
    create policy own on wiki.page using (workspace = current_user);
    create policy own on wiki.link using (workspace = current_user);
    create policy own on wiki.attachment using (workspace = current_user);
    alter table wiki.page enable row level security, force row level security;
    alter table wiki.link enable row level security, force row level security;
    alter table wiki.attachment enable row level security, force row level security;
    grant select, insert, update, delete on wiki.page, wiki.link, wiki.attachment to {app};
    reset role`,
  already: [],
  holes: `
    alter policy own on wiki.page using (workspace = current_user or path like 'public/%');
    create policy upload on wiki.attachment as permissive for insert with check (name <> '');
    create unique index on wiki.attachment (lower(name)) where bytes is null`,
  found: [
    'policy.tenant-not-compared at "own" on wiki.page',
    'policy.second-permissive at "upload" on wiki.attachment',
    'policy.permissive-twice at wiki.attachment',
    'key.unique-global at "attachment_lower_idx" on wiki.attachment',
    'key.not-distributable at wiki.attachment',
  ],
}
