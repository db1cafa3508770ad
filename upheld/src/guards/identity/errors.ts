import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('identity', {
  bad_options: {
    status: 500,
    public: 'The settings for signing in cannot be used.',
    mend: 'Correct the settings that are named here. Nobody is let in until then.',
  },
  bad_email: {
    status: 400,
    public: 'This is not a mail address that can be used here.',
    mend: 'Check how it is spelled.',
  },
  bad_name: {
    status: 400,
    public: 'A name has 1 to 200 characters on one line.',
    mend: 'Leave out line breaks and control characters.',
  },
  bad_input: { status: 400, public: 'What was sent is not complete, or not right.' },
  wrong_credentials: {
    status: 401,
    public: 'Address and password do not belong together.',
    mend: 'Try again, or ask for a link to set a new password.',
  },
  wrong_code: {
    status: 401,
    public: 'This was not accepted.',
    mend: 'Try again with a new code, or with another factor.',
  },
  no_session: { status: 401, public: 'You are not signed in.', mend: 'Sign in.' },
  own_sign_in: {
    status: 403,
    public: 'This needs your own sign-in: the one of an organization opens that organization alone.',
    mend: 'Sign in with your password or a passkey. Without one, ask for a link to set a password.',
  },
  ticket_over: { status: 401, public: 'This sign-in took too long, or was finished already.', mend: 'Begin again.' },
  prove_again: {
    status: 403,
    public: 'This needs a fresh proof that it is you.',
    mend: 'Confirm with your password or your second factor, then try again.',
  },
  needs_second_factor: {
    status: 403,
    public: 'This organization asks for a second factor.',
    mend: 'Add one to your account, or sign in with it.',
  },
  enough_mails: {
    status: 429,
    public: 'Enough of these mails were asked for in this hour.',
    mend: 'Wait an hour before you ask for another one.',
  },
  link_over: {
    status: 410,
    public: 'This link is not valid any more, or was used already.',
    mend: 'Ask for a new one.',
  },
  email_taken: { status: 409, public: 'This address belongs to another account.' },
  absent: { status: 404, public: 'There is nothing here by this name.' },
  no_organization: { status: 404, public: 'There is no such organization, or you are not a member of it.' },
  founded_already: {
    status: 409,
    public: 'This organization was founded already: the form was sent twice.',
    mend: 'Look at your organizations.',
  },
  is_staff: { status: 403, public: 'People who work for the operator belong to no organization of its customers.' },
  not_invited: {
    status: 403,
    public: 'This invitation is for another mail address.',
    mend: 'Sign in with the address that was invited, or ask for another invitation.',
  },
  invitation_exists: {
    status: 409,
    public: 'This address was invited already.',
    mend: 'Revoke the first invitation to send another one.',
  },
  member_already: { status: 409, public: 'This person is a member already.' },
  may_not: { status: 403, public: 'You may not do this here.', mend: 'Ask an administrator of your organization.' },
  last_owner: {
    status: 409,
    public: 'An organization always has an owner, and this is the last one.',
    mend: 'Make somebody else an owner first.',
  },
})
