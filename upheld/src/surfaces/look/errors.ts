import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('look', {
  file_missing: { status: 500, public: 'A font or style file of Upheld cannot be read. Run npm install again.' },
})
