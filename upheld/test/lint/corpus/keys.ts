import type { Fixture } from '../fixture.ts'

/** A table beside the base's, protected like them. */
export function table(name: string, columns: string): string {
  return `create table shop.${name} (organization_id uuid not null, id bigint not null, ${columns}primary key (organization_id, id));
    alter table shop.${name} owner to {owner}; grant select, insert, update, delete on shop.${name} to {app};
    create policy tenant on shop.${name} using (organization_id = (select shop.tenant()));
    alter table shop.${name} enable row level security, force row level security;`
}

export const keyFixtures: readonly Fixture[] = [
  {
    rule: 'key.foreign-simple',
    build: table('memo', 'invoice_id bigint, '),
    plant: `create unique index on shop.invoice (id);
      alter table shop.memo add constraint "to the invoice" foreign key (invoice_id) references shop.invoice (id)`,
    at: '"to the invoice" on shop.memo',
  },
  {
    rule: 'key.foreign-simple',
    name: 'a tree within one table',
    build: table('folder', 'parent_id bigint, unique (organization_id, parent_id, id), '),
    plant:
      'alter table shop.folder add unique (id), add constraint up foreign key (parent_id) references shop.folder (id)',
    at: '"up" on shop.folder',
  },
  {
    rule: 'key.foreign-simple',
    name: 'a table whose owner is told by another key',
    build: `${table('login', 'unique (id), ')} ${table('project', 'unique (id), ')}
      create table shop.task (id bigint primary key, assignee_id bigint, project_id bigint not null references shop.project (id));
      alter table shop.task owner to {owner}; grant select, insert, update, delete on shop.task to {app};
      create policy tenant on shop.task using (exists (select from shop.project p where p.id = task.project_id));
      alter table shop.task enable row level security, force row level security`,
    plant: 'alter table shop.task add constraint assigned foreign key (assignee_id) references shop.login (id)',
    at: '"assigned" on shop.task',
    // Its own tables: keys over an id, and one that says whose its rows are only by its project.
    already: ['key.unique-global', 'key.not-distributable', 'table.no-tenant-column'],
    // It needs tenant columns first, as table.no-tenant-column says.
    unmendable: true,
  },
  {
    rule: 'key.cascade-crosses',
    build: table('memo', 'invoice_id bigint, '),
    plant: `create unique index on shop.invoice (id);
      alter table shop.memo add constraint gone foreign key (invoice_id) references shop.invoice (id) on delete cascade`,
    at: '"gone" on shop.memo',
  },
  {
    rule: 'key.cascade-crosses',
    name: 'set null',
    build: table('memo', 'invoice_id bigint, '),
    plant: `create unique index on shop.invoice (id);
      alter table shop.memo add constraint gone foreign key (invoice_id) references shop.invoice (id) on delete set null`,
    at: '"gone" on shop.memo',
  },
  {
    rule: 'key.empties-tenant',
    build: `${table('memo', 'invoice_id bigint, ')} alter table shop.memo add constraint gone foreign key (organization_id, invoice_id)
      references shop.invoice (organization_id, id) on delete set null (invoice_id)`,
    plant: `alter table shop.memo drop constraint gone, add constraint gone foreign key (organization_id, invoice_id)
      references shop.invoice (organization_id, id) on delete set null`,
    at: '"gone" on shop.memo',
  },
  {
    rule: 'key.unique-global',
    plant: 'alter table shop.invoice add constraint number_once unique (number)',
    at: '"number_once" on shop.invoice',
  },
  {
    rule: 'key.unique-global',
    name: 'nulls not distinct',
    plant: 'alter table shop.invoice add constraint number_once unique nulls not distinct (number, note)',
    at: '"number_once" on shop.invoice',
  },
  {
    rule: 'key.unique-global',
    name: 'a partial index over an expression',
    plant: `create unique index "Number, once" on shop.invoice (lower(number)) include (note) where note <> ''`,
    at: '"Number, once" on shop.invoice',
  },
  {
    rule: 'key.unique-global',
    name: 'a primary key that others refer to',
    build: `${table('thing', '')} ${table('part', 'thing_id bigint, constraint of_thing foreign key (organization_id, thing_id) references shop.thing (organization_id, id), ')}`,
    plant: `alter table shop.part drop constraint of_thing;
      alter table shop.thing drop constraint thing_pkey, add constraint thing_pkey primary key (id);
      alter table shop.part add constraint of_thing foreign key (thing_id) references shop.thing (id)`,
    at: '"thing_pkey" on shop.thing',
  },
  {
    rule: 'key.unique-global',
    name: 'an exclusion constraint',
    build: table('booking', 'during tsrange not null, '),
    plant: 'alter table shop.booking add constraint one_at_a_time exclude using gist (during with &&)',
    at: '"one_at_a_time" on shop.booking',
    // The mend needs an extension that is not installed everywhere.
    unmendable: true,
  },
  {
    rule: 'key.unique-global',
    name: 'a partitioned table',
    plant: 'alter table shop.reading add constraint day_once unique (taken_on)',
    at: '"day_once" on shop.reading',
  },
  {
    rule: 'key.tenant-index-missing',
    build: table('memo', ''),
    plant: 'alter table shop.memo drop constraint memo_pkey, add primary key (id, organization_id)',
    at: 'shop.memo',
  },
  {
    rule: 'key.not-distributable',
    build: table('memo', 'unique (id, organization_id), '),
    plant: 'alter table shop.memo drop constraint memo_pkey',
    at: 'shop.memo',
  },
  {
    rule: 'key.not-distributable',
    name: 'beside indexes over expressions that the organization leads',
    build: `${table('memo', 'title text, body text, unique (organization_id, title) include (body), ')}
      create unique index on shop.memo (organization_id, lower(title)) include (body);
      create unique index on shop.memo (organization_id, (length(body))) where body <> ''`,
    plant: 'alter table shop.memo add constraint once unique (title)',
    at: 'shop.memo',
    // The unique key is mended, and then the table could be.
    unmendable: true,
  },
]
