import { defineErrors, type UpheldError } from '../../core/errors.ts'

export const refuse = defineErrors('claims', {
  bad_claim: { status: 500, public: 'A claim is not well formed.' },
  twice: { status: 500, public: 'Two claims have the same id.', mend: 'Give one of them another id.' },
  source_missing: { status: 500, public: 'The source file of a probe or sabotage cannot be read.' },
  bad_options: { status: 500, public: 'An option of the scheduler is not allowed.' },
  bad_round: { status: 400, public: 'There is no claim of this id that can be run.' },
  cannot_probe: { status: 500, public: 'The probe could not do its work.' },
})

/** For probes and sabotages: why they cannot do their work, in words for a public record. Never customer data. */
export function cannotProbe(why: string, cause?: unknown): UpheldError {
  return refuse.cannot_probe({ detail: why, cause })
}
