import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('pepper', {
  bad_file: {
    status: 500,
    public: 'A file with the peppers of passwords, or with the key that guesses are counted under, cannot be used.',
    mend: 'Put it back from a copy: without its pepper no password can be verified. A new one is made only where there was none.',
  },
})
