import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('domains', {
  not_allowed: { status: 403, public: 'You may not change the domains of this organization.' },
  bad_domain: { status: 400, public: 'This is not the name of a domain.', mend: 'Write it like example.com.' },
  too_many: { status: 409, public: 'This organization has as many domains as it can have.' },
  unknown: { status: 404, public: 'This organization has no such domain.' },
  not_proven: {
    status: 409,
    public: 'The DNS does not say yet that this domain belongs to the organization.',
    mend: 'Add the TXT record that is shown, wait until the DNS knows it, and try again.',
  },
})
