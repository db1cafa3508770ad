import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('objects', {
  bad_options: {
    status: 500,
    public: 'The object store cannot be opened with these options.',
    mend: 'Each problem is named with the option that it is about.',
  },
  bad_name: {
    status: 400,
    public: 'This cannot be the name of an object: 1 to 1024 bytes of text without control characters.',
  },
  bad_type: { status: 400, public: 'This is not a content type: something like image/png is expected.' },
  bad_range: { status: 416, public: 'The object has no such part.' },
  bad_link: {
    status: 400,
    public: 'A link cannot be made so.',
    mend: 'It lasts from one minute to seven days; a file name has at most 255 bytes and no control characters.',
  },
  absent: { status: 404, public: 'There is no such object.' },
  exists: { status: 409, public: 'There is an object of this name already, and it was not to be replaced.' },
  too_large: { status: 413, public: 'This object is larger than is accepted here.' },
  changed: {
    status: 409,
    public: 'The object was replaced or removed, and is not the one that was asked for.',
    mend: 'Ask again for the one that is there now.',
  },
  altered: {
    status: 500,
    public: 'The object is not as it was sealed, and nothing of it is given out.',
    mend: 'Somebody or something changed the stored bytes. Bring them back from a copy; look at who can write to the store.',
  },
  link_refused: {
    status: 403,
    public: 'This link is not valid, or its time is over. Ask for a new one.',
  },
  no_guests: { status: 500, public: 'Nothing was set up to write down what guests do with objects.' },
  reads_only: {
    status: 403,
    public: 'What the organization granted lets you read, and change nothing.',
  },
  method_refused: { status: 405, public: 'Objects are read here, with GET or HEAD.' },
})

/** What every store of blobs says, whatever it is made of. */
export const refuseBlobs = defineErrors('blobs', {
  bad_key: { status: 500, public: 'This is not a key of a stored blob: lower-case letters, digits, hyphens, slashes.' },
  bad_options: {
    status: 500,
    public: 'The store of objects cannot be opened with these options.',
    mend: 'Each problem is named with the option that it is about.',
  },
  not_plain: {
    status: 500,
    public: 'Something that is neither a plain file nor a plain folder stands where objects are kept.',
    mend: 'Links are not followed. Find out who put it there, and take it away.',
  },
  too_open: {
    status: 500,
    public: 'The folder of objects can be used by others than its owner.',
    mend: 'Set it right with chmod 700 and chown.',
  },
  denied: {
    status: 500,
    public: 'The store of objects does not let this service in.',
    mend: 'Look at the credentials, the rights on bucket or folder, and the clock of this machine.',
  },
  no_place: {
    status: 500,
    public: 'The bucket or folder that should hold the objects is not there.',
    mend: 'Make it, or name another.',
  },
  full: { status: 507, public: 'There is no room left for objects.', mend: 'Make room; nothing was half stored.' },
  too_long: {
    status: 413,
    public: 'The object has more parts than the store takes.',
    mend: 'Raise partBytes: 10,000 parts of that size are the most.',
  },
  cut: { status: 502, public: 'The store of objects ended before everything was there.', mend: 'Try again.' },
  unreachable: {
    status: 503,
    public: 'The store of objects does not answer.',
    mend: 'Try again; if it lasts, look at the store and at the way to it.',
  },
  failed: { status: 502, public: 'The store of objects gave an answer that cannot be used.' },
})
