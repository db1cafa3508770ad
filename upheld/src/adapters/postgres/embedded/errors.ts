import { defineErrors } from '../../../core/errors.ts'

export const refuse = defineErrors('embedded', {
  no_binaries: {
    status: 500,
    public: 'No Postgres was found on this machine, and the npm package that brings one is not installed.',
  },
  no_account: {
    status: 500,
    public: 'Postgres refuses to run as root, and there is no other account that it could run as.',
  },
  no_name: { status: 500, public: 'Postgres cannot be set up by a user without a name on this system.' },
  no_place: { status: 500, public: 'There is no folder that the account of the database can reach and write to.' },
  other_major: {
    status: 500,
    public: 'The data was made by another major version of Postgres, which is not installed here.',
  },
  foreign_folder: { status: 500, public: 'The data folder was not made by Upheld.' },
  other_owner: { status: 500, public: 'The data folder belongs to another user.' },
  data_gone: { status: 500, public: 'The data folder is kept elsewhere, and is not there any more.' },
  password_lost: { status: 500, public: 'The database is there, but the file with its passwords is not.' },
  port_taken: { status: 500, public: 'The port that was asked for is taken by another program.' },
  disk_full: { status: 500, public: 'The disk is full: Postgres cannot write.' },
  not_writable: { status: 500, public: 'Postgres cannot write to its folder.' },
  init_failed: { status: 500, public: 'A new database could not be set up.' },
  start_failed: { status: 500, public: 'Postgres did not start.' },
  stop_failed: { status: 500, public: 'Postgres did not stop.' },
})
