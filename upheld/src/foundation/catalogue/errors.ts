import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('catalogue', {
  too_old: {
    status: 500,
    public: 'The database server is too old to be looked at.',
    mend: 'Postgres 15 or later is needed.',
  },
  not_postgres: {
    status: 500,
    public: 'What answers there is not a Postgres whose catalogue can be read.',
    mend: 'Name the database itself, not a service in front of it.',
  },
  connection_lost: {
    status: 503,
    public: 'The connection to the database was lost while its catalogue was read; nothing can be said about it.',
    mend: 'Did the server restart? Try again.',
  },
  no_answer: {
    status: 503,
    public: 'The database stopped answering while its catalogue was read; nothing can be said about it.',
    mend: 'Is the server busy, or does something hold a lock on its catalogue? Try again.',
  },
})
