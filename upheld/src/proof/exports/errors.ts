import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('exports', {
  bad_spreadsheet: {
    status: 400,
    public: 'This is no spreadsheet that can be filled in.',
    mend: 'Give the .xlsx of the questionnaire as you downloaded it.',
  },
  spreadsheet_too_large: {
    status: 400,
    public: 'This spreadsheet holds more than a questionnaire can.',
    mend: 'Give the .xlsx of the questionnaire as you downloaded it.',
  },
  no_questions: {
    status: 400,
    public: 'No sheet of this file has questions and a column for their answers.',
    mend: 'Give the sheet of CAIQ v4 whose first columns are the number of the question, the question, and the answer.',
  },
})
