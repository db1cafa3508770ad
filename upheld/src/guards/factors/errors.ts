import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('factors', {
  bad_options: {
    status: 500,
    public: 'Second factors cannot work with these options.',
    mend: 'Each problem is named with the option that it is about.',
  },
  bad_name: { status: 400, public: 'A name has 1 to 100 characters and no control characters.' },
  absent: { status: 404, public: 'There is no such factor or device.' },
  no_factor: {
    status: 409,
    public: 'Recovery codes stand in for a lost factor, and there is none.',
    mend: 'Add a passkey or an authenticator app first.',
  },
  too_many: { status: 409, public: 'There are as many passkeys as one account can have. Remove one that is not used.' },
})
