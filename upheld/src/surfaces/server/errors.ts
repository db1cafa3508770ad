import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('server', {
  unexpected: { status: 500, public: 'Something went wrong on our side. It has been recorded.' },
  body_too_large: { status: 413, public: 'The request is larger than this service accepts.' },
  gone: { status: 400, public: 'The connection ended before the request was complete.' },
  no_text: { status: 400, public: 'What was sent holds a character that no text has.' },
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
  bad_proxy: {
    status: 500,
    public: 'A proxy that is to be trusted is no address and no network.',
    mend: 'Name addresses or networks, such as 127.0.0.1 or 10.0.0.0/8; not everybody.',
  },
  no_free_port: {
    status: 500,
    public: 'No free port was found.',
    mend: 'Choose one with --port.',
  },
})
