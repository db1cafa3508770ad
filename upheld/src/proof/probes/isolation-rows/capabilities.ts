import type { Database } from '../../../core/ports.ts'
import { attempt, wasRefused, type AttackLog, type Pair } from '../attacks/index.ts'
import { cannotProbe, type World } from '../../claims/index.ts'
import { outcomeOf } from './plain-login.ts'

/**
 * What one statement of an organization could leave behind for the next one, tell it, or learn of it without touching a
 * row. The kernel takes all of it away; each is tried through the handle and must be refused.
 */
const capabilities: Readonly<Record<string, string>> = {
  'leave a setting behind': `select set_config('upheld_probe.word', 'left', false)`,
  'leave a search path behind': `select set_config('search_path', 'pg_temp', false)`,
  'plan a statement inside another': `select query_to_xml('select 1', true, true, '')`,
  'plan a cursor inside another': `select cursor_to_xml('c', 1, true, true, '')`,
  'dump a schema': `select schema_to_xml('pg_catalog', true, true, '') is null`,
  'see who is connected': 'select pid from pg_stat_get_activity(null)',
  'count what others changed': `select pg_stat_get_tuples_inserted('pg_class'::regclass)`,
  'count what others read': 'select sum(seq_scan) from pg_stat_all_tables',
  'make a large object': `select lo_from_bytea(0, 'left')`,
  'open a large object': 'select lo_open(1, 131072)',
  'read a large object': 'select lo_get(1)',
  'notify others': `select pg_notify('upheld_probe', 'told')`,
  'hold a lock': 'select pg_try_advisory_lock(1)',
  'hold a lock to the end': 'select pg_advisory_xact_lock(1)',
  'wait on purpose': 'select pg_sleep(0)',
  'read what is prepared': 'select 1 from pg_prepared_statements',
  'read open cursors': 'select 1 from pg_cursors',
  'read locks': 'select 1 from pg_locks',
  'read the last number of a sequence': 'select lastval()',
  'measure a table': `select pg_total_relation_size('pg_class'::regclass)`,
  'end a session': 'select pg_terminate_backend(0)',
  'cancel a statement': 'select pg_cancel_backend(0)',
  'read a file': `select pg_read_file('PG_VERSION')`,
  'list files': `select pg_ls_dir('.')`,
  'import a file': `select lo_import('PG_VERSION')`,
  'export a snapshot': 'select pg_export_snapshot()',
  'write to the log of changes': `select pg_logical_emit_message(true, 'upheld_probe', 'told')`,
  'read password hashes': 'select 1 from pg_authid',
  'read the key': 'select 1 from upheld_guard.context_key',
  'read the directory': 'select 1 from upheld_guard.organization',
  'read walks of others': 'select 1 from upheld_guard.crossing',
}

const where = 'the handle of an organization'

export async function attackCapabilities(pair: Pair, log: AttackLog): Promise<void> {
  // Positive control: one call of the same kind that is allowed.
  const allowed = await attempt(pair.thief, `select current_setting('upheld.context')`)
  if (!('rows' in allowed)) throw cannotProbe('The handle ran no statement at all.')
  for (const [attack, text] of Object.entries(capabilities)) {
    const outcome = await attempt(pair.thief, text)
    // 42883 and 42P01: this release of Postgres has no such function or view.
    if (wasRefused(outcome) || ('code' in outcome && /^(42883|42P01)$/.test(outcome.code))) log.observe(attack, where)
    else
      log.refute({
        attack,
        where,
        saw: 'code' in outcome ? `nothing but ${outcome.code} stood in the way` : 'it was done',
      })
  }
}

/** The two steps that no organization may take, and what they demand of whoever may. */
export async function attackCrossing(world: World, login: Database, { thief }: Pair, log: AttackLog): Promise<void> {
  const steps = {
    'walk across organizations': `select upheld.cross_organizations('a probe that may not')`,
    'admit an organization': 'select upheld.admit_organization(gen_random_uuid())',
  }
  for (const [attack, text] of Object.entries(steps)) {
    for (const [who, outcome] of [
      ['an organization', await attempt(thief, text)],
      ['a login without a context', await outcomeOf(login, undefined, text)],
    ] as const) {
      if (wasRefused(outcome)) log.observe(attack, who)
      else log.refute({ attack, where: who, saw: 'code' in outcome ? outcome.code : 'it was let through' })
    }
  }
  const nobody = await world.forge('nobody')
  const walk = (reason: string): string => `select upheld.cross_organizations(${reason}) as id`
  const walked = await outcomeOf(login, nobody, walk(`'a probe that takes it back'`))
  if ('code' in walked) throw cannotProbe(`A walk that is in order was refused: ${walked.code}.`)
  for (const reason of [`''`, 'null', `'short'`]) {
    const outcome = await outcomeOf(login, nobody, walk(reason))
    if ('code' in outcome) log.observe('walk without a reason', 'upheld.cross_organizations')
    else log.refute({ attack: 'walk without a reason', where: 'upheld.cross_organizations', saw: 'it was let through' })
  }
  const probes: unknown[] = [world.thief, world.victim]
  if (walked.rows.every(row => !probes.includes(row['id'])))
    log.observe('meet the probes on a walk', 'upheld.cross_organizations')
  else
    log.refute({
      attack: 'meet the probes on a walk',
      where: 'upheld.cross_organizations',
      saw: 'they are on the list',
    })
}
