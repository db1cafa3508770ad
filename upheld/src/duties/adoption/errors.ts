import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('adoption', {
  obstacles: {
    status: 409,
    public: 'This schema cannot be adopted as it is.',
    mend: 'Each obstacle says what to do; `upheld adopt plan` lists all of them.',
  },
  not_admin: {
    status: 403,
    public: 'An adoption needs a superuser of the database.',
    mend: 'It installs event triggers and moves ownership: name such a login in --database.',
  },
  not_started: { status: 409, public: 'No adoption is under way in this database.', mend: 'See: upheld adopt plan' },
  already_finished: { status: 409, public: 'The adoption of this database is finished; it cannot be undone.' },
  other_options: {
    status: 409,
    public: 'The adoption that is under way here was started with other options.',
    mend: 'Leave the options out to go on with it, or undo it first: upheld adopt undo',
  },
  options_missing: {
    status: 400,
    public: 'Neither schemas nor tenant column are known here yet.',
    mend: 'Name both: --schema shop --tenant-column account_id',
  },
  busy: {
    status: 409,
    public: 'Another adoption is at work in this database, or the rest of one that was killed.',
    mend: 'Wait until its connection is gone, then run it again.',
  },
  lock_not_granted: {
    status: 503,
    public: 'A table stayed locked by somebody else, so nothing was changed there.',
    mend: 'End the long transaction, or wait for it; then run it again: it goes on where it stopped.',
  },
  lock_too_strong: {
    status: 500,
    public: 'A step took a stronger lock than its plan says, and was rolled back.',
  },
  step_failed: {
    status: 500,
    public: 'A step failed; nothing of it was kept.',
    mend: 'Mend what it says, then run it again: it goes on where it stopped.',
  },
  rows_without_tenant: {
    status: 409,
    public: 'There are rows whose tenant cannot be told.',
    mend: 'Give them a tenant, or delete them; then run it again.',
  },
  undo_blocked: {
    status: 409,
    public: 'A step cannot be undone.',
    mend: 'Something has been made since that rests on it: remove that, then undo again.',
  },
  not_ready: {
    status: 409,
    public: 'The adoption cannot be finished yet.',
    mend: 'upheld adopt run does what is left.',
  },
  not_confirmed: {
    status: 400,
    public: 'The last step cannot be undone, so it wants the name of the database.',
  },
  finish_failed: {
    status: 500,
    public: 'The last step failed, and all of it was rolled back: the application works as before.',
  },
  interrupted: { status: 503, public: 'Interrupted between two steps.', mend: 'Run it again: it goes on.' },
  bad_options: { status: 400, public: 'An option of the adoption is not right.' },
})
