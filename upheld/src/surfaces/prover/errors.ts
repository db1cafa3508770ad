import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('prover', {
  no_twin: { status: 500, public: 'No scratch copy of the system could be made.' },
  not_alike: {
    status: 500,
    public: 'The database is no longer what its migrations make, so a scratch copy would prove nothing.',
    mend: 'Write what was changed by hand as a migration, or take it back.',
  },
})
