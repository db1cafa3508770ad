import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('lint', {
  no_such_column: {
    status: 400,
    public: 'No table has the tenant column that was named.',
    mend: 'Name it as the tables do, with capital letters and all; join the columns of a composite key by commas.',
  },
  no_such_role: {
    status: 400,
    public: 'There is no role of the name that was given for the application.',
    mend: 'Name the role that the application logs in with.',
  },
})
