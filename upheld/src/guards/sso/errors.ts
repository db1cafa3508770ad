import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('sso', {
  not_allowed: { status: 403, public: 'You may not change how this organization signs in.' },
  bad_connection: { status: 400, public: 'This connection cannot be used as it was entered.' },
  role_refused: {
    status: 403,
    public: 'Nobody gives by a sign-in what they may not give themselves.',
    mend: 'Leave out those roles, or ask somebody who has all of them, also those that groups of the directory give.',
  },
  too_many: { status: 409, public: 'This organization has as many connections as it can have.' },
  unknown_connection: { status: 404, public: 'There is no such connection.' },
  bad_options: { status: 500, public: 'The options of single sign-on are not right.' },
  provider_unavailable: {
    status: 502,
    public: 'The provider of your organization does not answer in good order.',
    mend: 'Try again in a minute, or sign in another way.',
  },
  provider_unfit: {
    status: 400,
    public: 'This provider does not offer what a safe sign-in needs.',
    mend: 'It needs the authorization code flow with PKCE (S256) and id tokens that are signed by a public key.',
  },
  refused: { status: 401, public: 'This sign-in could not be verified.', mend: 'Begin it again.' },
  no_member: { status: 403, public: 'You are not a member of this organization, or no longer.' },
  elsewhere: {
    status: 403,
    public: 'Your account belongs to another organization as well, for which this provider cannot speak.',
    mend: 'Sign in with your password or a passkey.',
  },
  step_up: {
    status: 403,
    public: 'Prove again who you are, before a sign-in is added to your account.',
  },
  already_linked: { status: 409, public: 'This sign-in, or this account, is linked already.' },
})
