import type { Planted } from './planted.ts'

/** What somebody who may do everything could loosen around persons, members and grants. */
export const peoplePlanted: readonly Planted[] = [
  {
    rule: 'upheld.guard-open',
    says: 'the application reads hashes of passwords, and the jobs read tokens of sessions',
    on: 'upheld',
    plant: [
      'grant select on upheld_identity.password to upheld_app',
      'grant select (token_hash) on upheld_identity.session to upheld_jobs',
    ],
    twin: ['grant select on upheld_identity.password to upheld_identity'],
  },
  {
    rule: 'upheld.guard-open',
    says: 'the application makes members, and staff reads them',
    on: 'upheld',
    plant: [
      'grant insert on upheld_access.member to upheld_app',
      'grant select on upheld_access.member to upheld_staff',
    ],
    twin: ['grant insert on upheld_access.member to upheld_identity'],
  },
  {
    rule: 'upheld.guard-open',
    says: 'the login of staff writes a grant for itself',
    on: 'upheld',
    plant: ['grant insert, update on upheld_guard.support_grant to upheld_staff'],
    twin: [],
  },
  {
    rule: 'upheld.guard-open',
    says: 'anybody may look into the schema of persons',
    on: 'upheld',
    plant: [
      'grant usage on schema upheld_identity to upheld_app',
      'grant create on schema upheld_access to upheld_jobs',
    ],
    twin: ['grant usage on schema upheld_identity to upheld_jobs'],
  },
  {
    rule: 'upheld.audit-differs',
    says: 'row security is off where the members are, and another policy stands beside theirs',
    on: 'upheld',
    plant: [
      'alter table upheld_access.override disable row level security',
      'create policy support on upheld_access.member to upheld_identity using (true)',
    ],
    twin: ['alter table upheld_access.override enable row level security, force row level security'],
  },
  {
    rule: 'upheld.audit-differs',
    says: 'the last owner may go, and staff may become a member',
    on: 'upheld',
    plant: [
      'set session_replication_role = replica',
      'drop trigger owner_stays on upheld_access.member',
      'alter table upheld_access.member disable trigger no_staff',
      'reset session_replication_role',
    ],
    twin: ['alter table upheld_access.member enable trigger no_staff'],
  },
  {
    rule: 'upheld.unrecorded',
    says: 'exceptions to roles are granted, and no log shows it',
    on: 'upheld',
    plant: [
      'set session_replication_role = replica',
      'drop trigger upheld_audit_insert on upheld_access.override',
      'reset session_replication_role',
    ],
    twin: [],
  },
  {
    rule: 'upheld.stranger',
    says: 'a copy of every password, and a function among those of members',
    on: 'upheld',
    plant: [
      'create table upheld_identity.password_copy as select * from upheld_identity.password',
      `create function upheld_access.quietly() returns integer language sql as 'select 1'`,
    ],
    twin: [],
  },
  {
    rule: 'upheld.stranger-reads',
    says: 'the login of staff writes rows of customers',
    on: 'upheld',
    plant: [
      'set session_replication_role = replica',
      'grant update on shop.invoice to upheld_staff',
      'reset session_replication_role',
    ],
    twin: ['grant select on shop.invoice to upheld_staff'],
  },
  {
    rule: 'upheld.kernel-differs',
    says: 'a grant that is over still lets staff in',
    on: 'upheld',
    plant: [
      `do $do$ begin execute replace(pg_get_functiondef('upheld_guard.supported_organization(bytea,bytea,bytea,bytea)'::regprocedure), 'granted.ended_at is not null', 'false'); end $do$`,
    ],
    twin: [],
  },
]
