import { defineErrors } from '../errors.ts'

export const refuse = defineErrors('transparency', {
  bad_key: { status: 400, public: 'This is not a log key in the signed-note form.' },
  bad_note: { status: 400, public: 'This is not a signed note.' },
  bad_signature: { status: 400, public: 'The signature does not belong to this text: one of the two was altered.' },
  unknown_key: { status: 400, public: 'This was not signed with the expected key.' },
  bad_checkpoint: { status: 400, public: 'This is not a checkpoint of a log.' },
  other_origin: { status: 400, public: 'This checkpoint belongs to another log.' },
  bad_proof: { status: 400, public: 'This is not a proof from a log.' },
  not_included: { status: 400, public: 'The proof does not lead from this leaf to the signed root.' },
  bad_policy: { status: 400, public: 'This is not a policy of logs and witnesses.' },
  no_quorum: { status: 400, public: 'Fewer witnesses than the policy asks for have signed this checkpoint.' },
  bad_tile: { status: 400, public: 'This is not a tile of a log.' },
})
