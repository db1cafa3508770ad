import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('web', {
  address_refused: {
    status: 400,
    public: 'This address may not be called from here.',
    mend: 'Give an https address with a public host name, without a user, a password or a fragment.',
  },
  unreachable: { status: 502, public: 'The other side did not answer in time, or not in good order.' },
  too_big: { status: 502, public: 'The other side sent more than is read.' },
})
