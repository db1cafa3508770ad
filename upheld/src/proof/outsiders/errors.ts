import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('outsiders', {
  bad_limits: {
    status: 500,
    public: 'The limits for outsiders are not ones that can be set.',
    mend: 'Lower the limits of the standard contract, or leave them out; none can be raised.',
  },
  bad_origin: {
    status: 400,
    public: 'A service is named by its origin: https://host, without a path.',
    mend: 'Write https://host. Plain http is for this machine alone.',
  },
  unreachable: {
    status: 502,
    public: 'The service does not answer.',
    mend: 'See whether the address opens in a browser of this machine.',
  },
  bad_tls: {
    status: 502,
    public: 'The certificate of the service does not hold, so nothing was sent.',
    mend: 'Ask whoever runs the service. It cannot be overridden here.',
  },
  led_elsewhere: { status: 502, public: 'The service leads to another address, and nothing is followed there.' },
  too_big: { status: 502, public: 'An answer of the service is larger than this can be.' },
  too_slow: { status: 504, public: 'An answer of the service takes too long.' },
  spent: { status: 429, public: 'The requests that the contract allows in one run are used up.' },
  no_outsiders: {
    status: 404,
    public: 'This service lets no outsiders probe it: it publishes no contract at /security/outsiders.json.',
    mend: 'Ask whoever runs it. What it publishes can be checked all the same: upheld verify <service>/security/evidence/bundle',
  },
  bad_contract: {
    status: 502,
    public: 'What the service publishes is no contract for outsiders that can be understood here.',
  },
  bad_answer: { status: 502, public: 'The service answers something else than its contract says.' },
  refused: { status: 502, public: 'The service refuses.' },
  other_contract: {
    status: 409,
    public: 'The contract was changed since, or it is another one than was agreed to.',
    mend: 'Read it again, and agree to its digest.',
  },
  bad_run: { status: 400, public: 'This file is no signed run of an outsider, or it was altered.' },
})
