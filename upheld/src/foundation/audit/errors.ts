import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('audit', {
  bad_event: {
    status: 400,
    public: 'This cannot be an entry of the audit log.',
    mend: 'Record an action written thing.verb, with strings, booleans and whole numbers; personal values go under `personal`.',
  },
  reserved_action: {
    status: 400,
    public: 'Actions of this name are recorded by Upheld alone.',
    mend: 'Begin it with another word than row, sealed, key, audit, log, anchor and upheld.',
  },
  bad_actor: { status: 400, public: 'This does not say who acts, and what for.' },
  bad_options: { status: 400, public: 'The audit logs cannot run with these options.' },
  no_log: { status: 404, public: 'This organization has no audit log yet.' },
  no_entry: { status: 404, public: 'This organization has no such entry, or nothing of it is left to erase.' },
  altered: { status: 500, public: 'An audit log does not match its own signature: it was altered.' },
  other_key: {
    status: 500,
    public: 'An audit log was signed with another key than the one kept here.',
    mend: 'Put back the seed file that belongs to this database.',
  },
  rolled_back: {
    status: 503,
    public:
      'The audit logs end before a head that was seen here earlier: they were cut, or the database was restored. Nothing more is signed.',
    mend: 'Restore a newer copy of the database. If there is none, open successors of the logs: that says for ever what was found and what is missing.',
  },
  forked: {
    status: 503,
    public:
      'The audit logs contradict a head that was seen here earlier: their past was rewritten. Nothing more is signed.',
    mend: 'Keep the database as it is for whoever looks into it, and restore the copy that continues the head.',
  },
  not_turned_back: {
    status: 409,
    public: 'The audit logs continue the head that was seen here: there is nothing to succeed.',
  },
  still_kept: { status: 409, public: 'The policy of this organization keeps these entries: nothing was pruned.' },
  legal_hold: { status: 409, public: 'These entries are under a legal hold: nothing was pruned.' },
  disk_full: {
    status: 507,
    public: 'The disk is full: the head of the audit logs could not be kept beside the database.',
    mend: 'Make room; recording goes on by itself.',
  },
})
