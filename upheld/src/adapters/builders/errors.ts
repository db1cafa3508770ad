import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('builders', {
  released: {
    status: 500,
    public: 'This client was given back; it runs nothing any more.',
    mend: 'Take another one with connect().',
  },
  ended: { status: 500, public: 'This pool was ended.' },
  already_begun: {
    status: 500,
    public: 'A transaction was begun inside a transaction.',
    mend: 'Use a savepoint, or the nested transaction of your query builder.',
  },
  not_begun: { status: 500, public: 'A savepoint needs a transaction around it.' },
  mode_too_late: {
    status: 500,
    public: 'How a transaction runs is said before its first statement.',
    mend: 'Say it where the transaction begins.',
  },
  unknown_isolation: { status: 500, public: 'Postgres has no such isolation level.' },
  needs_client: {
    status: 500,
    public: 'A pool has no transaction of its own: the next statement may run elsewhere.',
    mend: 'Take a client with connect().',
  },
  own_protocol: {
    status: 500,
    public: 'A query that speaks the protocol itself cannot be bound to an organization.',
    mend: 'For many rows use stream() of the organization.',
  },
  no_text: { status: 500, public: 'A query needs a text.' },
  no_binary: { status: 500, public: 'Values travel as text here; the option `binary` is not for this pool.' },
  no_listening: {
    status: 500,
    public: 'LISTEN and COPY reach past one organization, so a bound client has no such events.',
  },
  shared_cache: {
    status: 500,
    public: 'A cache of the query builder does not know whose rows it keeps.',
    mend: 'Keep answers under the id of their organization, in a cache of your own.',
  },
  no_script: {
    status: 500,
    public: 'A script of several statements cannot run for an organization.',
    mend: 'Change the schema with migrations, under the migration login.',
  },
})
