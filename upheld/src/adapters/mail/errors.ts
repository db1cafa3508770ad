import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('mail', {
  bad_options: {
    status: 500,
    public: 'The settings for sending mail cannot be used.',
    mend: 'Correct the settings that are named here.',
  },
  bad_mail: { status: 500, public: 'This mail cannot be sent as it is written.' },
  refused: { status: 502, public: 'The mail server refused this mail for good.' },
  unreachable: { status: 503, public: 'The mail server did not take this mail. It is tried again.' },
})
