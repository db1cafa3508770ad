import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('access', {
  bad_definition: {
    status: 500,
    public: 'Permissions and roles are not defined soundly, so nothing starts.',
    mend: 'Mend what the detail names: every problem is listed at once.',
  },
  undeclared_route: {
    status: 500,
    public: 'A route does not say which permission it needs, so nothing starts.',
    mend: 'Give each route that the detail names a permission, or write `public` or `member`.',
  },
  denied: { status: 403, public: 'You may not do this here.', mend: 'Ask an administrator of your organization.' },
  no_member: { status: 404, public: 'There is no such member in this organization.' },
  no_override: { status: 404, public: 'There is no such exception in this organization.' },
  own_access: {
    status: 403,
    public: 'Nobody changes roles or exceptions of their own.',
    mend: 'Ask another administrator of your organization.',
  },
  beyond_own: { status: 403, public: 'Nobody gives a permission that they do not have themselves.' },
  outlives_own: {
    status: 403,
    public: 'This would last longer than your own permission, which ends.',
    mend: 'Choose an end that is not later than that of your own.',
  },
  only_owner: { status: 403, public: 'Only an owner makes somebody an owner, or changes what an owner may do.' },
  last_owner: {
    status: 409,
    public: 'An organization always has an owner, and this is the last one.',
    mend: 'Make somebody else an owner first.',
  },
  unknown_role: { status: 400, public: 'There is no such role.' },
  unknown_permission: { status: 400, public: 'There is no such permission.' },
  override_exists: {
    status: 409,
    public: 'This member has such an exception already.',
    mend: 'Withdraw it first: an exception is never edited.',
  },
  bad_change: { status: 400, public: 'This change of roles or exceptions is not complete, or not right.' },
  field_malformed: {
    status: 400,
    public: 'The fields that were sent are not in order.',
    mend: 'Send one flat object, each name once, with plain values.',
  },
  field_refused: { status: 403, public: 'You may not write one of these fields.' },
  unknown_resource: { status: 500, public: 'No fields are defined for this kind of thing.' },
})
