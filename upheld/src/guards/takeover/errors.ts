import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('takeover', {
  slow_down: {
    status: 429,
    public: 'Too many attempts. Wait a little before the next one.',
    mend: 'Wait, or use a device that is known, a passkey, or the link by mail.',
  },
  bad_options: {
    status: 500,
    public: 'The settings against guessing cannot be used.',
    mend: 'Correct the settings that are named here.',
  },
})
