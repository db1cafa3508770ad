import type { Planted } from './planted.ts'

/** What somebody who may do everything could loosen around the audit log. */
export const auditPlanted: readonly Planted[] = [
  {
    rule: 'upheld.guard-open',
    says: 'everybody reads the leaves of every log, and the application erases them',
    on: 'upheld',
    plant: [
      'grant select on upheld_audit.leaf to public',
      'grant delete on upheld_audit.leaf to upheld_app',
      'grant update (bytes) on upheld_audit.leaf to upheld_record',
    ],
    twin: ['grant select on upheld_audit.leaf to upheld_app', 'grant delete on upheld_audit.leaf to upheld_record'],
  },
  {
    rule: 'upheld.guard-open',
    says: 'the recorder may rewrite any column of a log',
    on: 'upheld',
    plant: [
      'grant update on upheld_audit.log to upheld_record',
      'grant usage on sequence upheld_audit.log_id_seq to upheld_app',
    ],
    twin: ['grant update (size, checkpoint) on upheld_audit.log to upheld_record'],
  },
  {
    rule: 'upheld.guard-open',
    says: 'anybody may look into the schema of the audit log',
    on: 'upheld',
    plant: ['grant usage on schema upheld_audit to {other}', 'grant create on schema upheld_audit to upheld_record'],
    twin: ['grant usage on schema upheld_audit to upheld_page'],
  },
  {
    rule: 'upheld.audit-differs',
    says: 'row security is off where the leaves are',
    on: 'upheld',
    plant: ['alter table upheld_audit.leaf disable row level security'],
    twin: ['alter table upheld_audit.leaf enable row level security, force row level security'],
  },
  {
    rule: 'upheld.audit-differs',
    says: 'the owner of the personal values walks around row security',
    on: 'upheld',
    plant: [
      'alter table upheld_audit.disclosure no force row level security',
      'alter table upheld_audit.disclosure owner to {owner}',
    ],
    twin: ['alter table upheld_audit.disclosure force row level security'],
  },
  {
    rule: 'upheld.audit-differs',
    says: 'the policy of an organization lets every log through',
    on: 'upheld',
    plant: ['alter policy upheld_tenant on upheld_audit.leaf using (organization_id is not null)'],
    twin: [
      'alter policy upheld_tenant on upheld_audit.leaf using (organization_id = (select upheld.organization_id() as organization_id))',
    ],
  },
  {
    rule: 'upheld.audit-differs',
    says: 'a policy is for others than it was, and another stands beside it',
    on: 'upheld',
    plant: [
      'alter policy upheld_record on upheld_audit.pending to public',
      'create policy support on upheld_audit.mention for select to upheld_app using (true)',
      'drop policy upheld_tenant on upheld_audit.tile',
    ],
    twin: ['alter policy upheld_record on upheld_audit.pending to upheld_record'],
  },
  {
    rule: 'upheld.audit-differs',
    says: 'what refuses a change of a leaf sleeps',
    on: 'upheld',
    plant: ['alter table upheld_audit.leaf disable trigger final'],
    twin: ['alter table upheld_audit.leaf enable trigger final'],
  },
  {
    rule: 'upheld.audit-differs',
    says: 'what refuses a shorter log is asked about nothing, about replicas, or is gone',
    on: 'upheld',
    plant: [
      'drop trigger grows on upheld_audit.log',
      'create trigger grows before update on upheld_audit.log for each row when (false) execute function upheld_audit.check_head()',
      'alter table upheld_audit.tile enable replica trigger final',
      'drop trigger logged on upheld_audit.pending',
    ],
    twin: ['alter table upheld_audit.tile enable always trigger final'],
  },
  {
    rule: 'upheld.kernel-differs',
    says: 'what records a change records nothing',
    on: 'upheld',
    plant: [
      'create or replace function upheld_audit.note_change() returns trigger language plpgsql as $$ begin return null; end $$',
    ],
    twin: [],
  },
  {
    rule: 'upheld.kernel-differs',
    says: 'what records a change belongs to another, and finds its tables elsewhere',
    on: 'upheld',
    plant: [
      'alter function upheld_audit.note_truncate() owner to {owner}',
      'alter function upheld_audit.who() set search_path = shop, pg_catalog',
    ],
    twin: ["alter function upheld_audit.note_change() set timezone = 'UTC'"],
  },
  {
    rule: 'upheld.kernel-called',
    says: 'the application writes entries as it likes',
    on: 'upheld',
    plant: [
      'grant execute on function upheld_audit.add_rows(text, text, text, jsonb, uuid, bigint, text[], text[]) to upheld_app',
      'grant execute on function upheld.record(json) to public',
    ],
    twin: ['grant execute on function upheld.record(json) to upheld_app'],
  },
  {
    rule: 'upheld.stranger',
    says: 'a copy of what is recorded, and a function among those of the log',
    on: 'upheld',
    plant: [
      'create table upheld_audit.copy (body jsonb)',
      'create function upheld_audit.keep() returns trigger language plpgsql as $$ begin return null; end $$',
      'create trigger kept after insert on upheld_audit.pending for each row execute function upheld_audit.keep()',
    ],
    twin: ['create schema helper', 'create table helper.copy (body jsonb)'],
  },
  {
    rule: 'upheld.event-trigger',
    says: 'new tables are not recorded any more',
    on: 'upheld',
    plant: ['drop event trigger upheld_audit_drop', 'alter event trigger upheld_audit_ddl disable'],
    twin: ['alter event trigger upheld_audit_ddl enable'],
  },
  {
    rule: 'upheld.unrecorded',
    says: 'a trigger that records sleeps, one fires for people only, one is gone',
    on: 'upheld',
    plant: [
      'set session_replication_role = replica',
      'alter table shop.invoice disable trigger upheld_audit_update',
      'alter table shop.invoice enable trigger upheld_audit_delete',
      'drop trigger upheld_audit_truncate on shop.customer',
      'reset session_replication_role',
    ],
    twin: ['alter table shop.invoice enable always trigger upheld_audit_update'],
  },
  {
    rule: 'upheld.unrecorded',
    says: 'what is recorded names another table, no key, or nothing at all',
    on: 'upheld',
    plant: [
      'set session_replication_role = replica',
      'drop trigger upheld_audit_update on shop.invoice',
      `create trigger upheld_audit_update after update on shop.invoice referencing old table as old_rows new table as new_rows
         for each statement execute function upheld_audit.note_change('shop.customer', 'plain', 'id')`,
      'alter table shop.invoice enable always trigger upheld_audit_update',
      'drop trigger upheld_audit_delete on shop.customer',
      `create trigger upheld_audit_delete after delete on shop.customer referencing old table as old_rows
         for each statement when (false) execute function upheld_audit.note_change('shop.customer', 'plain', 'id')`,
      'alter table shop.customer enable always trigger upheld_audit_delete',
      'reset session_replication_role',
    ],
    twin: ['select upheld_audit.mend(true)'],
  },
]
