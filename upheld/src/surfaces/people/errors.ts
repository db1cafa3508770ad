import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('pages', {
  foreign_form: {
    status: 403,
    public: 'This form was not sent from this page.',
    mend: 'Open the page again and send it from there.',
  },
  bad_form: { status: 400, public: 'What was sent is not what this form sends.' },
  too_large: { status: 413, public: 'What was sent is larger than any form here.' },
  method: { status: 405, public: 'This address does not take that.' },
})
