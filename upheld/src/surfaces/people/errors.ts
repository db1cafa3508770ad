import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('pages', {
  foreign_form: {
    status: 403,
    public: 'This form was not sent from this page.',
    mend: 'Open the page again and send it from there.',
  },
  nothing_chosen: {
    status: 400,
    public: 'Nothing was chosen, so nothing was done.',
    mend: 'Choose at least one of what is listed.',
  },
  bad_form: { status: 400, public: 'What was sent is not what this form sends.' },
  too_large: { status: 413, public: 'What was sent is larger than any form here.' },
  not_permitted: {
    status: 403,
    public: 'You may not do this here.',
    mend: 'Somebody who manages the members of your organization can change that.',
  },
  no_provider: {
    status: 404,
    public: 'No organization has a provider for that.',
    mend: 'Use the address that your administrator gave you, or sign in another way.',
  },
  provider_silent: {
    status: 502,
    public: 'Your provider does not answer in good order.',
    mend: 'Try again in a minute, or sign in another way.',
  },
  own_session: {
    status: 403,
    public: 'A provider says who you are here, and cannot speak for your account.',
    mend: 'Sign in with your password or a passkey.',
  },
  bad_json: { status: 400, public: 'What was sent is not the JSON that this takes.' },
  no_organization: {
    status: 400,
    public: 'The address does not say whose page this is.',
    mend: 'Add ?organization=….',
  },
  other_page: {
    status: 403,
    public: 'This page is not registered.',
    mend: 'Register its origin, such as https://www.example.com, exactly as the browser sends it.',
  },
  too_many_visits: {
    status: 429,
    public: 'Too many visits begin from this address.',
    mend: 'Wait a little, and ask once more.',
  },
  not_found: { status: 404, public: 'There is nothing here.' },
  method: { status: 405, public: 'This address does not take that.' },
})
