import { defineErrors } from '../../core/errors.ts'

/** What can go wrong with a root key. The texts name keys by their place, and never hold what they protect. */
export const refuse = defineErrors('kms', {
  unreachable: {
    status: 503,
    public: 'The service that holds the root key does not answer.',
    mend: 'Look whether it runs and can be reached from here. Keys in use go on serving for some minutes.',
  },
  throttled: {
    status: 503,
    public: 'The service that holds the root key asks for fewer calls.',
    mend: 'Wait a moment; if it stays so, raise the quota of the key service.',
  },
  denied: {
    status: 403,
    public: 'This wrapped key does not open: it was wrapped by another root key, for another purpose, or was changed.',
    mend: 'Look whether this is the root key that the keys were wrapped with.',
  },
  forbidden: {
    status: 500,
    public: 'The key service does not let this account use the root key.',
    mend: 'Give the account of Upheld the right to encrypt and decrypt with this key, and renew its credentials.',
  },
  key_missing: {
    status: 500,
    public: 'The key service does not know the root key.',
    mend: 'Check the name of the key, and its region or mount.',
  },
  key_disabled: {
    status: 503,
    public: 'The root key is disabled.',
    mend: 'Enable it in the key service.',
  },
  key_destroyed: {
    status: 410,
    public: 'The root key, or the version of it that wrapped this key, is destroyed.',
    mend: 'If that was not meant, stop its deletion in the key service, or put the key back from its backup.',
  },
  bad_answer: {
    status: 502,
    public: 'What answers for the key service does not speak its protocol.',
    mend: 'Check the address, and whether a proxy stands in between.',
  },
  bad_input: { status: 500, public: 'A root key wraps 32 bytes, for a context of at most 1024 bytes.' },
  bad_options: {
    status: 500,
    public: 'The options of the root key cannot be used.',
    mend: 'Correct what is named.',
  },
  bad_key_file: {
    status: 500,
    public: 'The file with the root key cannot be used.',
    mend: 'Put it back from its backup. Without it, what it wraps cannot be opened again.',
  },
  no_client: {
    status: 500,
    public: 'The client of this key service is not installed.',
    mend: 'Install the package that is named.',
  },
})
