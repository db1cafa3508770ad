import { defineErrors } from '../../core/errors.ts'

/** What the directory hears (RFC 7644, section 3.12), and what the owner hears who sets it up. */
export const refuse = defineErrors('scim', {
  not_allowed: { status: 403, public: 'You may not change the directory of this organization.' },
  bad_options: { status: 500, public: 'The options of the directory interface are not right.' },
  bad_name: { status: 400, public: 'A name has 1 to 100 characters, and none that is not printed.' },
  too_many: { status: 409, public: 'This organization has as many tokens as it can have.' },
  bad_role: { status: 400, public: 'A group cannot give this role.', mend: 'Owners are made by owners, one by one.' },
  role_refused: {
    status: 403,
    public: 'Nobody gives by a directory what they may not give themselves.',
    mend: 'Ask somebody who has all that the groups give.',
  },
  maker_may_not: {
    status: 403,
    public: 'Whoever made this token may not give that here any more.',
    mend: 'Taking away goes on. To give again, let somebody who may give it make a new token.',
  },
  owner_stays: {
    status: 403,
    public: 'By the token of somebody who is no owner, no owner is suspended or removed.',
    mend: 'Let an owner do it, or make the token of the directory.',
  },
  unauthorized: { status: 401, public: 'The token is not valid.' },
  not_found: { status: 404, public: 'There is no such resource.' },
  bad_method: { status: 405, public: 'This resource does not take this method.' },
  not_offered: { status: 501, public: 'This is not offered. See ServiceProviderConfig.' },
  media_type: { status: 415, public: 'The body has to be application/scim+json.' },
  too_large: { status: 413, public: 'The body is larger than what is read.' },
  too_often: { status: 429, public: 'Too many requests by this token. Wait before the next.' },
  changed: { status: 412, public: 'The resource was changed in between.' },
  bad_syntax: { status: 400, public: 'The body is not a message of SCIM.' },
  bad_filter: { status: 400, public: 'The filter cannot be understood, or asks for what is not offered.' },
  bad_path: { status: 400, public: 'The path of an operation cannot be understood.' },
  no_target: { status: 400, public: 'The path of an operation leads to nothing.' },
  bad_value: { status: 400, public: 'A value is missing, or not of its form.' },
  immutable: { status: 400, public: 'This attribute cannot be changed.' },
  not_unique: { status: 409, public: 'Another resource has this userName, externalId or displayName.' },
  last_owner: { status: 400, public: 'The last owner of an organization cannot be suspended or removed.' },
  unavailable: { status: 503, public: 'The directory interface does not work at the moment.' },
})

/** RFC 7644, table 9. */
export const scimTypes: Readonly<Record<string, string>> = {
  'scim.bad_syntax': 'invalidSyntax',
  'scim.bad_filter': 'invalidFilter',
  'scim.bad_path': 'invalidPath',
  'scim.no_target': 'noTarget',
  'scim.bad_value': 'invalidValue',
  'scim.immutable': 'mutability',
  'scim.last_owner': 'mutability',
  'scim.not_unique': 'uniqueness',
}
