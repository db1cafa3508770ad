import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('trust', {
  bad_origin: { status: 500, public: 'The address of the trust page is not an http or https origin.' },
  bad_contact: {
    status: 500,
    public: 'The security contact is not one that RFC 9116 allows: a mailto:, tel: or https: address is expected.',
  },
  bad_security_txt: {
    status: 500,
    public: 'What the page says for security.txt is not what RFC 9116 allows.',
    mend: 'Correct securityTxt in the application.',
  },
  no_such_address: { status: 404, public: 'There is nothing at this address.' },
  only_read: { status: 405, public: 'This address takes GET and HEAD, and nothing else.' },
  unread: {
    status: 503,
    public: 'The record cannot be read now, so at this moment we promise nothing.',
    mend: 'Ask again in a minute.',
  },
  too_slow: { status: 503, public: 'The record could not be read in time.' },
})
