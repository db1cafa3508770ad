import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('witness', {
  bad_request: { status: 400, public: 'This is not a request to cosign a checkpoint.' },
  unknown_log: { status: 404, public: 'This witness does not watch that log.' },
  not_signed: { status: 403, public: 'The log that the checkpoint names has not signed it.' },
  other_size: { status: 409, public: 'This witness has seen the log at another size.' },
  not_consistent: { status: 422, public: 'Nothing shows that this checkpoint continues the one that was seen before.' },
  bad_store: {
    status: 500,
    public: 'The head that this witness kept does not bear its own signature: nothing is signed after it.',
    mend: 'Put back the folder of the witness from a backup. A new witness needs a new key.',
  },
  no_log: { status: 503, public: 'The log that is to be witnessed has not been started yet.' },
  bad_answer: { status: 502, public: 'The witness answered with something that is no cosignature of its own.' },
  unreachable: { status: 502, public: 'The witness cannot be reached.' },
  ahead: {
    status: 500,
    public: 'A witness has seen more of the log than there is: the log was cut, or an old copy was put back.',
    mend: 'Restore a newer copy. Do not go on with this one: nobody who has seen the later head would believe it.',
  },
  refused: { status: 502, public: 'A witness refuses to cosign the log.' },
})
