import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('evidence', {
  no_log: { status: 503, public: 'The evidence log has not been started yet.' },
  bad_leaf: { status: 500, public: 'This cannot be a leaf of the evidence log.' },
  altered: { status: 500, public: 'The evidence log does not match its own signature: it was altered.' },
  rolled_back: {
    status: 500,
    public: 'The evidence log ends before a head that was seen here earlier: it was cut, or the database was restored.',
    mend: 'Restore a newer copy of the database. If there is none, keep both as they are and begin anew in another folder, with --state.',
  },
  forked: {
    status: 500,
    public: 'The evidence log contradicts a head that was seen here earlier: its past was rewritten.',
  },
  other_key: {
    status: 500,
    public: 'The evidence log was signed with another key than the one kept here.',
    mend: 'Put back the key file that belongs to this database.',
  },
  other_origin: {
    status: 500,
    public: 'The evidence key kept here belongs to a log of another name.',
    mend: 'Give the application its earlier name, or use another state folder.',
  },
  disk_full: {
    status: 507,
    public: 'The disk is full: the evidence could not be written, and nothing was changed.',
    mend: 'Make room; the next run is recorded by itself.',
  },
})
