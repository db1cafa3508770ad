import { defineErrors } from '../../core/errors.ts'

/** Codes of judgements as well: a judgement carries the code and the public text of its entry. */
export const refuse = defineErrors('passwords', {
  too_short: {
    status: 422,
    public: 'This password is too short: without a second factor it needs 15 characters, with one 8.',
    mend: 'Choose a longer one. A few words in a row are fine; capitals, digits and signs are not needed.',
  },
  too_long: {
    status: 413,
    public: 'This password is too long: at most 256 characters and 1,024 bytes.',
    mend: 'Choose a shorter one.',
  },
  unreadable: {
    status: 400,
    public: 'This password holds a character that is not text (a null character, or half of a pair).',
    mend: 'Type it again, or choose another one.',
  },
  common: {
    status: 422,
    public: 'This password is on lists that attackers try first.',
    mend: 'Choose one that nobody else would think of, such as a few unrelated words in a row.',
  },
  repeated: {
    status: 422,
    public: 'This password is one short piece again and again, which is as easy to guess as the piece.',
    mend: 'Choose one that does not repeat itself.',
  },
  from_context: {
    status: 422,
    public: 'This password is made of your name, your address, or the name of the organization or of this product.',
    mend: 'Choose one that has nothing to do with you or with this place.',
  },
  breached: {
    status: 422,
    public: 'This password was found in data that was stolen elsewhere.',
    mend: 'Choose another one, and change it wherever else it is used.',
  },
  unchecked: {
    status: 503,
    public: 'New passwords cannot be checked at this moment, so none can be set.',
    mend: 'Try again in a few minutes. Signing in goes on as usual.',
  },
  busy: {
    status: 503,
    public: 'Too many people sign in at this moment.',
    mend: 'Try again in a few seconds.',
  },
  abandoned: {
    status: 499,
    public: 'The request was ended before its password was looked at.',
  },
  bad_filter: {
    status: 500,
    public: 'The list of common passwords is missing or was changed.',
    mend: 'Install the package again: without that list no password can be judged, and nothing is started.',
  },
  bad_options: {
    status: 500,
    public: 'The settings for passwords cannot be used.',
    mend: 'Correct the settings that are named here.',
  },
})
