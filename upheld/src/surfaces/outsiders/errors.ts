import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('probing', {
  off: { status: 404, public: 'This service lets no outsiders probe it.' },
  no_such_address: { status: 404, public: 'There is nothing at this address.' },
  wrong_method: { status: 405, public: 'This address takes another method.' },
  no_foundation: {
    status: 500,
    public: 'Outsiders were let in for an application that keeps its people itself, or declares no routes.',
    mend: 'Give the application `people` and `routes`, or take `outsiders` out.',
  },
  bad_request: { status: 400, public: 'JSON with the digest of the contract is expected, and nothing else.' },
  other_contract: {
    status: 409,
    public: 'This is not the digest of the contract as it is now.',
    mend: 'Read it again: /security/outsiders.json',
  },
  too_many: { status: 429, public: 'As many runs were begun from this address as the contract allows in an hour.' },
  full: { status: 503, public: 'As many runs are under way as the contract allows.', mend: 'Ask again later.' },
  not_made: { status: 503, public: 'The organizations could not be made. Nothing of them is left.' },
  no_run: { status: 401, public: 'No run has this token, or its time is over.' },
  over: { status: 401, public: 'The time of this throw-away organization is over.' },
  closed: {
    status: 403,
    public: 'A throw-away organization may use the routes of the application, and no page for people.',
  },
  too_fast: { status: 429, public: 'As many requests came within a minute as the contract allows.' },
  spent: { status: 429, public: 'As many requests or bytes came in this run as the contract allows.' },
  too_large: { status: 413, public: 'A body is larger than the contract allows.' },
  no_length: { status: 411, public: 'A body has to say its length.' },
})
