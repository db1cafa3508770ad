import type { Sabotage } from '../../claims/index.ts'
import { bySql } from '../breaking.ts'
import { entrySabotages } from './sabotaged-entries.ts'
import { logSabotages } from './sabotaged-logs.ts'
import { recorderSabotages } from './sabotaged-recorder.ts'

const readable = (table: string, role: string): string =>
  `create policy opened on upheld_audit.${table} for select to ${role} using (true)`

const rights = bySql(import.meta.url, [
  {
    name: 'trigger-dropped',
    says: 'the trigger that records updates is gone from one table',
    sql: ({ table }) => `drop trigger upheld_audit_update on ${table}`,
  },
  {
    name: 'trigger-disabled',
    says: 'the trigger that records deletions is switched off on one table',
    sql: ({ table }) => `alter table ${table} disable trigger upheld_audit_delete`,
  },
  {
    name: 'trigger-for-replicas',
    says: 'the trigger that records insertions fires on replicas alone',
    sql: ({ table }) => `alter table ${table} enable replica trigger upheld_audit_insert`,
  },
  {
    name: 'recorded-twice',
    says: 'a second trigger records what the first one records',
    sql: ({ table }) =>
      `create trigger more after update on ${table} referencing old table as old_rows new table as new_rows
       for each statement execute function upheld_audit.note_change('a.b', 'plain', 'id')`,
  },
  {
    name: 'nothing-recorded',
    says: 'the function that records changes does nothing',
    sql: () =>
      'create or replace function upheld_audit.note_change() returns trigger language plpgsql as $$ begin return null; end $$',
  },
  {
    name: 'drop-unwatched',
    says: 'nothing watches whether the owner of the tables drops a trigger',
    sql: () => 'drop event trigger upheld_audit_drop',
  },
  {
    name: 'change-unwatched',
    says: 'nothing watches whether the owner of the tables switches a trigger off',
    sql: () => 'drop event trigger upheld_audit_ddl',
  },
  {
    name: 'unsigned-note-believed',
    says: 'who acts is read from a note that nobody signed',
    sql: () => `create or replace function upheld.actor() returns jsonb language sql stable security definer
      set search_path = pg_catalog, pg_temp as $$ select current_setting('upheld.note')::jsonb - 'salt' $$`,
  },
  {
    name: 'any-event-taken',
    says: 'events are not looked at before they are recorded',
    sql: () =>
      `create or replace function upheld_audit.event_fault(event json) returns text language sql as 'select null'`,
  },
  {
    name: 'log-open-to-all',
    says: 'row security is off on the leaves of all logs',
    sql: () => 'alter table upheld_audit.leaf disable row level security',
  },
  {
    name: 'values-open-to-all',
    says: 'every organization reads the personal values beside all logs',
    sql: () => readable('disclosure', 'upheld_app'),
  },
  {
    name: 'page-reads-logs',
    says: 'the login of the public page reads the logs of organizations',
    sql: () => readable('leaf', 'upheld_page'),
  },
  {
    name: 'entries-deletable',
    says: 'the application may delete entries before they are logged',
    sql: () => `grant select, delete on upheld_audit.pending to upheld_app;
      create policy opened on upheld_audit.pending to upheld_app using (true)`,
  },
  {
    name: 'entries-writable',
    says: 'the application may write entries by itself',
    sql: () => `grant insert on upheld_audit.pending to upheld_app;
      create policy opened on upheld_audit.pending for insert to upheld_app with check (true)`,
  },
  {
    name: 'leaves-rewritable',
    says: 'the recorder may rewrite leaves',
    sql: () => 'grant update on upheld_audit.leaf to upheld_record; drop trigger final on upheld_audit.leaf',
  },
  {
    name: 'leaves-droppable',
    says: 'the recorder may drop leaves that are not pruned',
    sql: () => 'drop trigger pruned on upheld_audit.leaf',
  },
  {
    name: 'heads-movable',
    says: 'the recorder may move the head of a log back',
    sql: () => 'drop trigger grows on upheld_audit.log',
  },
  {
    name: 'values-rewritable',
    says: 'the recorder may rewrite personal values beside the log',
    sql: () => 'drop trigger erased on upheld_audit.disclosure',
  },
])

/** Every way to leave something out of the record, or to change it. */
export const sabotages: readonly Sabotage[] = [...rights, ...entrySabotages, ...recorderSabotages, ...logSabotages]
