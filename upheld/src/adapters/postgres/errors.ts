import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('postgres', {
  bad_logins: { status: 500, public: 'The file with the passwords of the database cannot be understood.' },
})
