import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('jwt', {
  bad_definition: {
    status: 500,
    public: 'The definition of access tokens is incomplete or wrong.',
    mend: 'Give issuer, audience, algorithms, type and keys, each of them; nothing has a default here.',
  },
  refused: { status: 401, public: 'This access token is not accepted.', mend: 'Sign in again.' },
  keys_unavailable: {
    status: 503,
    public: 'Access tokens cannot be checked at the moment.',
    mend: 'The keys of the issuer could not be read; nothing is accepted until they can.',
  },
})
