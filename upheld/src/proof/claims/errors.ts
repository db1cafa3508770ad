import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('claims', {
  bad_claim: { status: 500, public: 'A claim is not well formed.' },
  twice: { status: 500, public: 'Two claims have the same id.' },
  source_missing: { status: 500, public: 'The source file of a probe or sabotage cannot be read.' },
})
