import { defineErrors, UpheldError } from 'upheld'

export const refuse = defineErrors('desk', {
  not_found: { status: 404, public: 'There is nothing here.' },
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
  already_connected: { status: 409, public: 'This very credential is connected already.' },
  no_people: { status: 500, public: 'The desk was started without anybody who could come in.' },
  old_people: {
    status: 500,
    public: 'This folder was filled when the desk kept its people itself. Nobody could sign in to what is there.',
    mend: 'Stop everything, remove the folder (.upheld unless told otherwise), and start again: the demo is made anew.',
  },
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
