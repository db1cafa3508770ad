import { defineErrors } from '../../core/errors.ts'

/** Of values: what is sealed, opened and looked up. Those of keys are in `chain-errors.ts`. */
export const refuse = defineErrors('vault', {
  denied: {
    status: 403,
    public:
      'This value does not open here: it was sealed for another place or under another key, or it has been changed.',
    mend: 'Was it copied from another organization, table, column or row? Then seal it anew for its new place.',
  },
  not_sealed: {
    status: 500,
    public: 'What was to be opened is not a sealed value.',
    mend: 'Something wrote it around the vault. Seal it, and treat it as a value that others have read.',
  },
  unknown_version: {
    status: 500,
    public: 'This value is sealed in a form that is not known here.',
    mend: 'A newer version of Upheld may have written it: use that one.',
  },
  bad_address: {
    status: 500,
    public:
      'A value is sealed for an organization, a table, a column and a row, and one of these words cannot be used.',
    mend: 'A word has 1 to 1,024 bytes (table and person: 190) of UTF-8, without NUL and without half characters.',
  },
  bad_value: {
    status: 400,
    public: 'Only bytes and text without half characters can be sealed or looked up.',
  },
  too_large: {
    status: 413,
    public: 'This value is too large for a sealed column.',
    mend: 'At most 1 MiB; keep what is larger as an object.',
  },
  not_text: { status: 500, public: 'This secret is no text.', mend: 'Take its bytes().' },
  budget_spent: {
    status: 503,
    public: 'This key has sealed as many values as is safe.',
    mend: 'Rotate it: upheld vault rotate.',
  },
  low_entropy: {
    status: 500,
    public:
      'This column has too few different values for a blind index: how often each stands there would tell what it is.',
    mend: 'Look it up another way, or say in `evenSo` why that may be known, in 8 to 500 characters.',
  },
  bad_index: { status: 500, public: 'A blind index has 1 to 128 bits, of a value of at most 1 MiB.' },
  closed: { status: 500, public: 'The vault is closed.' },
})
