import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('pepper', {
  bad_file: {
    status: 500,
    public: 'The file with the peppers of passwords cannot be used.',
    mend: 'Put it back from a copy. Without it no password that was hashed with it can be verified; a new one is made only where there was none.',
  },
})
