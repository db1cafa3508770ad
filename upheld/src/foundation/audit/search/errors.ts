import { defineErrors } from '../../../core/errors.ts'

export const refuse = defineErrors('audit_search', {
  bad_search: {
    status: 400,
    public: 'This search of the audit log cannot be understood.',
    mend: 'See docs/guide/audit-log.md for what can be asked.',
  },
  bad_cursor: {
    status: 400,
    public: 'This is not a place in this audit log.',
    mend: 'Begin at the first page again.',
  },
  unreadable: {
    status: 500,
    public: 'An entry of the audit log cannot be read.',
    mend: 'It was written by another release, or changed: verify the log with `upheld verify`.',
  },
  no_grant: {
    status: 403,
    public: 'The log of an organization is read by the organization.',
    mend: 'Its owners search it on their page "Activity". Whoever operates the system is not the organization: no grant opens it from the command line.',
  },
})
