import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('server', {
  unexpected: { status: 500, public: 'Something went wrong on our side. It has been recorded.' },
  body_too_large: { status: 413, public: 'The request is larger than this service accepts.' },
  broken_off: { status: 500, public: 'The answer broke off.' },
  bad_address: { status: 400, public: 'The address of this request cannot be read.' },
  port_taken: {
    status: 500,
    public: 'Another program answers on this port already.',
    mend: 'Choose another with --port, or leave it out to take the next free one.',
  },
  address_refused: {
    status: 500,
    public: 'The system does not let this process listen on that address.',
    mend: 'Choose another with --host and --port.',
  },
  no_free_port: {
    status: 500,
    public: 'No free port was found.',
    mend: 'Choose one with --port.',
  },
})
