import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('keystore', {
  bad_record: {
    status: 500,
    public: 'This is not a key that can be kept.',
    mend: 'A domain has 1 to 200 bytes, an epoch is a whole number from 1, an id has eight bytes.',
  },
  bad_options: { status: 500, public: 'The options of the key store cannot be used.', mend: 'Correct what is named.' },
  damaged: {
    status: 500,
    public: 'A stored key cannot be read, or stands in a place that is not its own.',
    mend: 'Put the key store back from its backup. Do not remove the file: without it, what the key sealed is lost.',
  },
  missing: {
    status: 503,
    public: 'The key store is not where it was, or is not one of Upheld.',
    mend: 'Is the disk mounted? An empty folder in its place would make new keys, and the old ones would be lost.',
  },
  unavailable: {
    status: 503,
    public: 'The database of the keys does not do what it is asked.',
    mend: 'Look whether it runs, and whether installKeyTable has run there.',
  },
  busy: {
    status: 503,
    public: 'Another process is changing this key and does not come to an end.',
    mend: 'Try again; look for a process that hangs.',
  },
  no_such_key: { status: 404, public: 'There is no such key to destroy.' },
})
