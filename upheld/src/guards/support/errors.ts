import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('support', {
  bad_request: { status: 400, public: 'This request for support access is not complete.' },
  not_staff: { status: 403, public: 'Only people of the operator do this.' },
  not_first: {
    status: 409,
    public: 'Somebody works for the operator already.',
    mend: 'Let whoever runs this machine add you: upheld staff add.',
  },
  staff_is_no_member: {
    status: 409,
    public: 'Somebody who works for the operator is no member of a customer, and the other way round.',
    mend: 'Use another address for one of the two.',
  },
  weak_session: { status: 403, public: 'This needs a second factor, proven in the last ten minutes.' },
  needs_passkey: { status: 403, public: 'Breaking the glass needs a passkey, proven in the last ten minutes.' },
  never: { status: 403, public: 'This organization lets no support in.' },
  forbidden_scope: {
    status: 403,
    public:
      'Support is never given this permission: credentials, factors, members, billing, exports and keys stay closed.',
  },
  absent: { status: 404, public: 'There is no such request.' },
  own_request: { status: 403, public: 'Nobody approves a request of their own.' },
  not_permitted: { status: 403, public: 'You may not decide about support access here.' },
  over: { status: 409, public: 'This request was decided, withdrawn or has lapsed.' },
  no_peer: { status: 409, public: 'A colleague of whoever asks has to agree first.' },
  not_live: { status: 403, public: 'This grant is over, or never was.' },
  bad_signature: { status: 403, public: 'This grant was not signed by us, or was changed since.' },
  out_of_scope: { status: 403, public: 'The customer granted less than this.' },
  unreviewed: {
    status: 403,
    public: 'An emergency that you asked for was not reviewed in its 72 hours.',
    mend: 'Let a colleague who had no part in it review it first.',
  },
})
