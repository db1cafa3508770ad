import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('siem_sink', {
  bad_address: {
    status: 400,
    public: 'Entries cannot be sent to this address.',
    mend: 'Give https://host/path, syslog+tls://host:6514, a file, or - for standard output. Without TLS only this machine itself is spoken to.',
  },
  not_ours: {
    status: 409,
    public: 'This file is there already, and no cursor says that an export of this kind wrote it.',
    mend: 'Name a new file, or the cursor that goes with this one.',
  },
  bad_token: {
    status: 400,
    public: 'The token for the receiver cannot be read.',
    mend: 'Put it alone into a file that only you can read (mode 0600), and name that file.',
  },
})
