import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('breakage', {
  bad_note: {
    status: 500,
    public: 'The note of what was broken on purpose cannot be read.',
    mend: 'Stop everything and restore the database, or remove the state folder and start anew.',
  },
})
