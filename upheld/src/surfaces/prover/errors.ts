import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('prover', {
  no_twin: { status: 500, public: 'No scratch copy of the system could be made.' },
  not_alike: {
    status: 500,
    public: 'The database is no longer what its migrations make, so a scratch copy would prove nothing.',
    mend: 'Write what was changed by hand as a migration, or take it back.',
  },
  no_people: { status: 500, public: 'The application keeps its people itself, so nothing of them can be tried.' },
  not_invalid: { status: 500, public: 'Probes have their addresses below .invalid, and read or remove nobody else.' },
  not_a_probe: { status: 500, public: 'This organization does not exist for probes: nothing of it is taken away.' },
})
