import { defineErrors, UpheldError } from 'upheld'

export const refuse = defineErrors('desk', {
  not_found: { status: 404, public: 'There is nothing here.' },
  key_missing: { status: 401, public: 'This needs an API key: Authorization: Bearer desk_…' },
  key_refused: { status: 401, public: 'This API key is not valid.' },
  not_permitted: { status: 403, public: 'You may not do this.' },
  invalid_input: { status: 400, public: 'Some of what was sent cannot be used.' },
  not_json: { status: 415, public: 'The body must be JSON, with content-type application/json.' },
  not_a_form: { status: 415, public: 'The body must be a form.' },
  not_a_file_form: { status: 415, public: 'The body must be a form with one file, at its end.' },
  no_file: { status: 400, public: 'No file was chosen.' },
  file_too_large: { status: 413, public: 'The file is larger than 10 MiB.' },
  too_large: { status: 413, public: 'The body is larger than 64 KiB.' },
  unknown_reference: { status: 422, public: 'Something that was named does not exist.' },
  contact_in_use: { status: 409, public: 'This contact has conversations and stays.' },
  email_taken: { status: 409, public: 'Somebody here has this e-mail address already.' },
  already_connected: { status: 409, public: 'This very credential is connected already.' },
  last_owner: { status: 409, public: 'An account keeps at least one owner.' },
  foreign_form: { status: 403, public: 'This form did not come from this page. Open the page again and repeat.' },
  link_refused: { status: 410, public: 'This link was used before, or its 15 minutes are over. Ask for a new one.' },
  insecure_origin: { status: 403, public: 'Signing in needs https, or this machine itself.' },
  no_permission: { status: 500, public: 'A route says neither who may use it nor that it is public.' },
  undeclared_route: {
    status: 500,
    public: 'What is mounted and what is declared are not the same.',
    mend: 'Give each route one line in desk/src/entrance/examples.ts, and each line a route.',
  },
})

/**
 * A refusal that we meant, to be answered by us. Anything else goes on to the server, which tells the operator and
 * gives the visitor a reference.
 */
export function ours(thrown: unknown): UpheldError {
  if (thrown instanceof UpheldError && thrown.status < 500) return thrown
  throw thrown
}
