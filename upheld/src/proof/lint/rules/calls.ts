import type { Rule, Severity } from '../rule.ts'
import { listed, namesOfApp, revokes, spoken } from './ways.ts'

/** Routines of Postgres itself that do one kind of harm. */
interface Kind {
  readonly id: string
  readonly holes: readonly number[]
  readonly name: RegExp
  readonly title: string
  readonly why: string
  /** On any database, where the application may need them; absent: not told there. */
  readonly anywhere?: Severity
  /** Where Upheld took them away, so that they were given back. */
  readonly upheld: Severity
}

const kinds: readonly Kind[] = [
  {
    id: 'call.session-state',
    holes: [4, 5, 7],
    name: /^set_config$/,
    title: 'An expression may change the state of the session',
    why: 'set_config inside one injected SELECT changes the settings that the rest of the statement, or the next request, runs under.',
    anywhere: 'low',
    upheld: 'high',
  },
  {
    id: 'call.fresh-statement',
    holes: [4, 7],
    name: /^(query|table|schema|database|cursor)_to_xml/,
    title: 'An expression may run another statement',
    why: 'query_to_xml plans a text of its own in the middle of a statement, after whatever the statement has changed; nothing that looks at the statement sees it.',
    anywhere: 'low',
    upheld: 'high',
  },
  {
    id: 'call.other-sessions',
    holes: [6],
    name: /^(pg_stat_get_(activity|backend_|progress_info|wal_)|pg_lock_status$|pg_blocking_pids$|pg_export_snapshot$)/,
    title: 'The application sees what other sessions do',
    why: 'All requests share one role, and so each may read the statements of all others, with the literals in them.',
    anywhere: 'low',
    upheld: 'high',
  },
  {
    id: 'call.channel',
    holes: [19, 20],
    name: /^(pg_notify|pg_logical_emit_message)$/,
    title: 'The application may talk on channels that have no rights',
    why: 'NOTIFY and LISTEN know no organization: one sends, any other listens. The statements cannot be revoked; the function, which fits into an injected expression, can.',
    anywhere: 'low',
    upheld: 'medium',
  },
  {
    id: 'call.large-objects',
    holes: [21],
    name: /^(lo_(?!import$|export$)|loread$|lowrite$)/,
    title: 'The application may use large objects',
    why: 'A large object belongs to the role that all requests share, and has no row for a policy to look at.',
    anywhere: 'low',
    upheld: 'medium',
  },
  {
    id: 'call.stopping',
    holes: [38],
    name: /^(pg_sleep|pg_(try_)?advisory_|pg_terminate_backend$|pg_cancel_backend$)/,
    title: 'The application may hold up, or end, what others do',
    why: 'pg_sleep and advisory locks keep a pooled connection busy from inside one expression; sessions of one role may end each other.',
    anywhere: 'low',
    upheld: 'medium',
  },
  {
    id: 'call.left-behind',
    holes: [19, 32],
    name: /^(pg_prepared_statement|pg_cursor|lastval|currval|setval|setseed)$/,
    title: 'The application sees what another request left on its connection',
    why: 'Prepared statements, cursors, the last value of a sequence: a pooled connection keeps them for the next organization.',
    upheld: 'medium',
  },
  {
    id: 'call.counts',
    holes: [22, 32],
    name: /^(pg_(relation|table|indexes|total_relation|database)_size|pg_sequence_last_value|pg_get_sequence_data|pg_stat_get_(?!activity|backend_|progress_info|wal_))/,
    title: 'The application may measure the tables of all organizations',
    why: 'Sizes, counters and last values tell how much everybody together has and does.',
    upheld: 'medium',
  },
  {
    id: 'call.files',
    holes: [30, 40],
    name: /^(pg_read_|pg_ls_|pg_stat_file$|lo_import$|lo_export$|pg_current_logfile$|pg_show_all_file_settings$|pg_hba_file_rules$)/,
    title: 'The application may reach files of the host',
    why: 'Data files, configuration and logs hold the rows of everybody. The server keeps these functions closed; here they were opened.',
    anywhere: 'critical',
    upheld: 'critical',
  },
  {
    id: 'call.server',
    holes: [33, 38],
    name: /^(pg_reload_conf|pg_switch_wal|pg_promote|pg_backup_|pg_stat_reset|pg_replication_origin_)/,
    title: 'The application may steer the server',
    why: 'Reloading, backups, promotion and the resetting of statistics are for administrators. The server keeps these functions closed; here they were opened.',
    anywhere: 'high',
    upheld: 'high',
  },
]

export const callRules: readonly Rule[] = kinds.map(kind => ({
  id: kind.id,
  holes: kind.holes,
  severity: kind.anywhere ?? kind.upheld,
  title: kind.title,
  why: kind.why,
  needs: ['roles', 'grants', 'server'],
  *check(catalogue, ground) {
    const severity = catalogue.server.upheld ? kind.upheld : kind.anywhere
    if (severity === undefined || ground.appRoles.length === 0) return
    const names = namesOfApp(catalogue, ground)
    const called = catalogue.systemRoutines
      .filter(({ name }) => kind.name.test(name))
      .map(({ label, name, public: open, grantees }) => ({
        label,
        name,
        to: [...(open ? [''] : []), ...grantees.filter(grantee => names.has(grantee))],
      }))
      .filter(({ to }) => to.length > 0)
    if (called.length === 0) return
    const whom = [...new Set(called.flatMap(({ to }) => to))].map(spoken)
    yield {
      place: { kind: 'database', label: catalogue.server.database },
      saw: `${listed(whom)} may call ${listed([...new Set(called.map(({ name }) => name))])}.`,
      severity,
      mend: called.flatMap(({ label, to }) =>
        to.flatMap(grantee =>
          revokes(`FUNCTION ${label}`, '', [{ grantee, grantor: '', privilege: 'EXECUTE', grantable: false }]),
        ),
      ),
    }
  },
}))
