import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('keys', {
  missing: { status: 401, public: 'This needs a key.', mend: 'Send it as `Authorization: Bearer …`.' },
  unknown: { status: 401, public: 'This is no key that is known here.' },
  expired: { status: 401, public: 'This key has expired.', mend: 'Make a new one.' },
  revoked: { status: 401, public: 'This key was revoked.', mend: 'Make a new one.' },
  maker_gone: {
    status: 401,
    public: 'Whoever made this key is no longer here, and it works no longer.',
    mend: 'Have a member make a new one.',
  },
  in_query: {
    status: 400,
    public: 'A key stands in the address of this request, where logs and histories keep it.',
    mend: 'Revoke that key, and send the next one as `Authorization: Bearer …`.',
  },
  other_network: { status: 403, public: 'This key may not be used from here.' },
  scope_missing: { status: 403, public: 'This key may do other things, not this one.' },
  bad_request: { status: 400, public: 'Something that was asked of the keys is not right.' },
  not_found: { status: 404, public: 'There is no such key here.' },
  scope_refused: {
    status: 403,
    public: 'Nobody gives a key more than they may do themselves, or more than keys may do at all.',
  },
  not_a_member: { status: 403, public: 'Only a member makes and ends keys.' },
  too_many: { status: 409, public: 'There are as many as there may be.', mend: 'Revoke or remove one first.' },
  visitor_missing: { status: 401, public: 'This needs the token of a visitor.' },
  visitor_unknown: { status: 401, public: 'This is no token that is known here.' },
  visitor_expired: { status: 401, public: 'The token of this visitor is over.', mend: 'Ask for a new one.' },
  visitor_other_organization: { status: 403, public: 'This token belongs elsewhere.' },
  visitor_other_origin: { status: 403, public: 'This token may not be used on this page.' },
  visitor_scope_missing: { status: 403, public: 'A visitor may not do this.' },
  visitor_other: { status: 403, public: 'This belongs to another visitor.' },
  no_signing_key: { status: 503, public: 'Visitors cannot be let in at the moment.', mend: 'Is the vault open?' },
  origin_unknown: {
    status: 403,
    public: 'This page is not registered.',
    mend: 'Register its origin, such as https://www.example.com, exactly as the browser sends it.',
  },
})
