/**
 * What we hold the server to. Given as words of its command line, so that neither a file nor ALTER SYSTEM changes them.
 * Nothing that a customer wrote goes into the log: no statement, no parameter, no message that quotes a value.
 */
export function settingsFor({ withoutFsync }: { readonly withoutFsync: boolean }): readonly string[] {
  return [
    'listen_addresses=127.0.0.1',
    // The longest path that a socket may have is 107 bytes, and a clone may lie deeper.
    'unix_socket_directories=',
    'password_encryption=scram-sha-256',
    'log_destination=stderr',
    'logging_collector=off',
    'log_timezone=UTC',
    'log_line_prefix=%m [%p] ',
    'log_checkpoints=off',
    'log_statement=none',
    'log_min_duration_statement=-1',
    // LOG, FATAL and PANIC, but no ERROR: "invalid input syntax" quotes the input. The application learns of it anyway.
    'log_min_messages=log',
    'log_min_error_statement=panic',
    'log_error_verbosity=terse',
    'log_parameter_max_length=0',
    'log_parameter_max_length_on_error=0',
    'timezone=UTC',
    'max_connections=160',
    'shared_buffers=64MB',
    'max_wal_size=256MB',
    'min_wal_size=32MB',
    'max_wal_senders=0',
    // Compiling a statement takes longer than running any of ours.
    'jit=off',
    'cluster_name=upheld',
    ...(withoutFsync
      ? ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off']
      : ['fsync=on', 'full_page_writes=on']),
  ]
}
