import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('scratch', {
  bad_options: { status: 400, public: 'An option of the probe is not right.' },
  same_database: {
    status: 400,
    public: 'The scratch database is the one that is being looked at.',
    mend: 'Restore a backup, or a dump without rows, under another name, and name that one.',
  },
  in_use: {
    status: 409,
    public: 'Somebody else is connected to the scratch database.',
    mend: 'End those sessions, or name a copy that nobody uses.',
  },
  standby: {
    status: 400,
    public: 'The scratch database is a standby: nothing can be planted in it.',
    mend: 'Name a copy that can be written to.',
  },
  read_only: {
    status: 400,
    public: 'The scratch database lets nothing be written.',
    mend: 'Name a copy, and a login that owns it.',
  },
  no_tenant: {
    status: 400,
    public: 'No column was found that says whose a row is.',
    mend: 'Name it: --tenant-column.',
  },
  no_app_role: {
    status: 400,
    public: 'It is not clear which role the application works as.',
    mend: 'Name it: --app-role.',
  },
  no_context: {
    status: 400,
    public: 'It is not clear how a request says whose it is.',
    mend: `Say it with SQL: --context "select set_config('app.tenant_id', $1, true)".`,
  },
})
