import { defineErrors } from '../../../core/errors.ts'

export const refuse = defineErrors('siem', {
  not_taken: {
    status: 502,
    public: 'The receiver did not take the entries, and was asked as often as is sensible.',
    mend: 'Nothing is lost: run the export again with the same cursor, and it goes on where it stopped.',
  },
  refused: {
    status: 502,
    public: 'The receiver refuses the entries.',
    mend: 'Asking again would not help: look at its address, its token and what it accepts.',
  },
  log_gap: {
    status: 500,
    public: 'An entry of the audit log is missing between two others.',
    mend: 'Nothing after it was exported. Verify the log with `upheld verify`, and find out who changed the database.',
  },
  pruned: {
    status: 409,
    public: 'Entries were pruned before they were exported.',
    mend: 'They are gone from here. Begin a new cursor with --since to export what is left.',
  },
  turned_back: {
    status: 409,
    public: 'The log is shorter than what was exported already.',
    mend: 'A database was turned back. Keep what you received: it is evidence. Verify the log with `upheld verify`.',
  },
  foreign_cursor: {
    status: 409,
    public: 'This cursor belongs to another export.',
    mend: 'Use one cursor for each organization, format and receiver.',
  },
  bad_cursor: {
    status: 400,
    public: 'The cursor file cannot be read.',
    mend: 'Name another file, or take it away and say with --since where to begin.',
  },
})
