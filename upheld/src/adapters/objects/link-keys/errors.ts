import { defineErrors } from '../../../core/errors.ts'

export const refuse = defineErrors('links', {
  bad_key_file: {
    status: 500,
    public: 'The file with the keys of links cannot be used.',
    mend: 'Put it back from a copy; or move it away, and a new one is made: links that were given out end with it.',
  },
})
