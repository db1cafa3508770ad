import { defineErrors } from '../../../core/errors.ts'

export const refuse = defineErrors('verify', {
  bad_bundle: {
    status: 400,
    public: 'This is not an evidence bundle, or it is not, byte for byte, as it was made.',
    mend: 'Download it again, and do not open and save it with an editor.',
  },
  altered: { status: 400, public: 'The evidence does not match its own signature: something in it was altered.' },
  too_big: { status: 400, public: 'This is more evidence than can be checked here.' },
  not_pinned: { status: 400, public: 'The evidence was made with another key than the one you expect.' },
  unreachable: { status: 502, public: 'The evidence cannot be fetched from there.' },
})
