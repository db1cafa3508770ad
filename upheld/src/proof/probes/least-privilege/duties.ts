import type { LoginRole } from '../../claims/index.ts'

/** Something that a login must not be able to do, as the statement that would do it. */
interface Overstep {
  readonly attack: string
  readonly sql: string
}

const everybody: readonly Overstep[] = [
  { attack: 'become superuser', sql: 'alter role current_user superuser' },
  { attack: 'make a role', sql: 'create role canary_of_a_probe' },
  { attack: 'make a schema', sql: 'create schema canary_of_a_probe' },
  { attack: 'make a temporary table', sql: 'create temporary table canary_of_a_probe (id integer)' },
  { attack: 'make a table where all may look', sql: 'create table public.canary_of_a_probe (id integer)' },
  { attack: 'read password hashes', sql: 'select 1 from pg_catalog.pg_authid' },
  { attack: 'read a file of the server', sql: "select pg_catalog.pg_read_file('PG_VERSION')" },
  { attack: 'list files of the server', sql: "select 1 from pg_catalog.pg_ls_dir('.')" },
  { attack: 'run a program on the server', sql: "copy (select 1) to program 'cat >/dev/null'" },
  { attack: 'write a file on the server', sql: "copy (select 1) to '/dev/null'" },
  { attack: 'read the context keys', sql: 'select 1 from upheld_guard.context_key' },
  { attack: 'change the context keys', sql: 'update upheld_guard.context_key set retire_at = retire_at' },
  { attack: 'read the directory of organizations', sql: 'select 1 from upheld_guard.organization' },
  { attack: 'erase walks across organizations', sql: 'delete from upheld_guard.crossing' },
  { attack: 'put the guard of DDL to sleep', sql: "set session_replication_role = 'replica'" },
  { attack: 'drop the guard of DDL', sql: 'drop event trigger upheld_ddl' },
  { attack: 'change the verifier', sql: 'alter function upheld.organization_id() immutable' },
  { attack: 'switch logging off', sql: "set log_statement = 'none'" },
  { attack: 'keep a large object', sql: 'select pg_catalog.lo_create(0)' },
  { attack: 'call other sessions', sql: "select pg_catalog.pg_notify('canary', '')" },
]

const noEvidence: readonly Overstep[] = [
  { attack: 'add to the evidence', sql: 'insert into upheld_proof.leaf select * from upheld_proof.leaf limit 0' },
  { attack: 'change the evidence', sql: 'update upheld_proof.leaf set bytes = bytes' },
  { attack: 'erase evidence', sql: 'delete from upheld_proof.leaf' },
  { attack: 'erase runs', sql: 'delete from upheld_proof.attempt' },
  { attack: 'start the evidence anew', sql: 'truncate upheld_proof.leaf cascade' },
]

/** The logs of organizations: only what records itself adds to them. */
const noRecords: readonly Overstep[] = [
  {
    attack: 'invent an entry',
    sql: "insert into upheld_audit.pending (id, organization_id, body) values (gen_random_uuid(), gen_random_uuid(), '{}')",
  },
  { attack: 'take back an entry', sql: 'delete from upheld_audit.pending' },
  { attack: 'change the audit log', sql: 'update upheld_audit.leaf set bytes = bytes' },
  { attack: 'erase from the audit log', sql: 'delete from upheld_audit.leaf' },
  { attack: 'start the audit log anew', sql: 'truncate upheld_audit.leaf cascade' },
  { attack: 'turn the audit log back', sql: 'update upheld_audit.log set size = size' },
  { attack: 'erase a disclosure', sql: 'delete from upheld_audit.disclosure' },
]

/** People and what they may do: the affair of one login. */
const noPeople: readonly Overstep[] = [
  { attack: 'read hashes of passwords', sql: 'select 1 from upheld_identity.password' },
  { attack: 'set a password', sql: 'update upheld_identity.password set hash = hash' },
  { attack: 'read sessions', sql: 'select 1 from upheld_identity.session' },
  {
    attack: 'begin a session',
    sql: 'insert into upheld_identity.session select * from upheld_identity.session limit 0',
  },
  { attack: 'read links', sql: 'select hash from upheld_identity.once' },
  { attack: 'read addresses of persons', sql: 'select 1 from upheld_identity.person' },
  {
    attack: 'make somebody a member',
    sql: 'insert into upheld_access.member select * from upheld_access.member limit 0',
  },
  { attack: 'make somebody an owner', sql: "update upheld_access.member set roles = '{owner}'" },
  {
    attack: 'grant a permission',
    sql: 'insert into upheld_access.override select * from upheld_access.override limit 0',
  },
  { attack: 'take a denial back', sql: 'delete from upheld_access.override' },
  {
    attack: 'loosen the rules of an organization',
    sql: "update upheld_access.account set second_factor = 'privileged'",
  },
]

const keptEvidence: readonly Overstep[] = noEvidence.filter(one => one.attack !== 'add to the evidence')

/** What each login is for, and what of the common list is nevertheless its duty. */
export const duties: Readonly<Record<LoginRole, { readonly says: string; readonly oversteps: readonly Overstep[] }>> = {
  app: {
    says: 'reads and writes one organization’s rows at a time',
    oversteps: [
      ...everybody,
      ...noEvidence,
      ...noRecords,
      ...noPeople,
      { attack: 'read the runs', sql: 'select 1 from upheld_proof.attempt' },
      {
        attack: 'change a setting of its session by a function',
        sql: "select pg_catalog.set_config('work_mem', '1MB', false)",
      },
      { attack: 'see what other sessions run', sql: 'select 1 from pg_catalog.pg_stat_activity' },
      { attack: 'plan a statement inside another', sql: "select pg_catalog.query_to_xml('select 1', true, true, '')" },
      { attack: 'hold a lock that others wait for', sql: 'select pg_catalog.pg_advisory_lock(1)' },
      { attack: 'hold a connection and wait', sql: 'select pg_catalog.pg_sleep(0)' },
      { attack: 'end the session of somebody else', sql: 'select pg_catalog.pg_terminate_backend(0)' },
      { attack: 'end the statement of somebody else', sql: 'select pg_catalog.pg_cancel_backend(0)' },
      { attack: 'measure a table', sql: "select pg_catalog.pg_total_relation_size('pg_catalog.pg_class')" },
      { attack: 'see what was prepared on its connection', sql: 'select 1 from pg_catalog.pg_prepared_statements' },
      { attack: 'see the last number of a sequence', sql: 'select pg_catalog.lastval()' },
    ],
  },
  proof: {
    says: 'adds runs and evidence, and takes nothing away',
    oversteps: [...everybody, ...keptEvidence, ...noRecords, ...noPeople],
  },
  record: {
    says: 'moves what was recorded into the audit logs',
    oversteps: [
      ...everybody,
      ...noEvidence,
      ...noPeople,
      { attack: 'read the runs', sql: 'select 1 from upheld_proof.attempt' },
      { attack: 'change the audit log', sql: 'update upheld_audit.leaf set bytes = bytes' },
      { attack: 'start the audit log anew', sql: 'truncate upheld_audit.leaf cascade' },
      { attack: 'switch off the guard of the audit log', sql: 'alter table upheld_audit.leaf disable trigger all' },
    ],
  },
  page: {
    says: 'reads runs and evidence',
    oversteps: [
      ...everybody,
      ...noEvidence,
      ...noRecords,
      ...noPeople,
      { attack: 'read whose emergencies there were', sql: 'select request_id from upheld_identity.broken_glass' },
      { attack: 'add a run', sql: 'insert into upheld_proof.attempt select * from upheld_proof.attempt limit 0' },
    ],
  },
  identity: {
    says: 'knows people, how they prove who they are, and what they may do; no customer’s row',
    oversteps: [
      ...everybody,
      ...noEvidence,
      ...noRecords,
      { attack: 'change what happened to an account', sql: 'update upheld_identity.event set action = action' },
      { attack: 'erase what happened to an account', sql: 'delete from upheld_identity.event' },
      { attack: 'walk across organizations', sql: "select upheld.cross_organizations('because I can')" },
    ],
  },
  jobs: {
    says: 'sends mails, clears away what is over, closes reviews; reads no hash',
    oversteps: [
      ...everybody,
      ...noEvidence,
      ...noRecords,
      { attack: 'read hashes of passwords', sql: 'select 1 from upheld_identity.password' },
      { attack: 'set a password', sql: 'update upheld_identity.password set hash = hash' },
      { attack: 'read tokens of sessions', sql: 'select token_hash from upheld_identity.session' },
      {
        attack: 'begin a session',
        sql: 'insert into upheld_identity.session select * from upheld_identity.session limit 0',
      },
      { attack: 'read links', sql: 'select hash from upheld_identity.once' },
      { attack: 'use up a link', sql: 'update upheld_identity.once set used_at = now()' },
      {
        attack: 'make somebody a member',
        sql: 'insert into upheld_access.member select * from upheld_access.member limit 0',
      },
      {
        attack: 'grant a permission',
        sql: 'insert into upheld_access.override select * from upheld_access.override limit 0',
      },
      {
        attack: 'loosen the rules of an organization',
        sql: "update upheld_access.account set second_factor = 'privileged'",
      },
    ],
  },
  staff: {
    says: 'reads one organization’s rows under a grant of that organization, and writes nothing',
    oversteps: [
      ...everybody,
      ...noEvidence,
      ...noRecords,
      ...noPeople,
      { attack: 'come without a grant', sql: 'select upheld.organization_id()' },
      { attack: 'read grants', sql: 'select 1 from upheld_guard.support_grant' },
      { attack: 'extend a grant', sql: "update upheld_guard.support_grant set expires_at = 'infinity'" },
      {
        attack: 'grant itself support',
        sql: "select upheld.grant_support(gen_random_uuid(), 's', true, 60, '{}', '\\x00')",
      },
    ],
  },
  console: {
    says: 'places orders with the prover and reads how they went; no run, no row and no name of anybody',
    oversteps: [
      ...everybody,
      ...noEvidence,
      ...noRecords,
      ...noPeople,
      { attack: 'read the runs', sql: 'select 1 from upheld_proof.attempt' },
      { attack: 'put a run off', sql: "update upheld_proof.turn set due_at = 'infinity'" },
      { attack: 'write an order past its bounds', sql: 'insert into upheld_proof.run_order default values' },
      { attack: 'end an order', sql: 'update upheld_proof.run_order set ended_at = now()' },
      { attack: 'invent progress', sql: 'insert into upheld_proof.order_step default values' },
      { attack: 'erase an act of an operator', sql: 'delete from upheld_proof.operator_act' },
      { attack: 'read who works for the operator', sql: 'select 1 from upheld_identity.staff' },
      { attack: 'make somebody staff', sql: 'insert into upheld_identity.staff default values' },
    ],
  },
  // Last, as whatever watches the shape of the tables takes its time.
  migrate: {
    says: 'changes tables, and reads no row',
    oversteps: [...everybody, ...noEvidence, ...noRecords, ...noPeople],
  },
}
