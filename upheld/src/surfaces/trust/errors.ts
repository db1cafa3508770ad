import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('trust', {
  bad_origin: { status: 500, public: 'The address of the trust page is not an http or https origin.' },
  bad_contact: {
    status: 500,
    public: 'The security contact is not one that RFC 9116 allows: a mailto:, tel: or https: address is expected.',
  },
  too_slow: { status: 503, public: 'The record could not be read in time.' },
})
