import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('export', {
  no_log: {
    status: 404,
    public: 'This organization has no audit log yet.',
    mend: 'The first entry starts it. Is the recorder running?',
  },
  bad_source: { status: 500, public: 'The audit log in the database is not the one that was signed.' },
  no_entry: { status: 400, public: 'There is no such entry to prove.' },
  too_many_proofs: { status: 400, public: 'A bundle has room for fewer proofs of single entries.' },
})
