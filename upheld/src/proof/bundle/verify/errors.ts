import { defineErrors } from '../../../core/errors.ts'

export const refuse = defineErrors('bundle', {
  bad_archive: {
    status: 400,
    public: 'This is not an audit bundle, or it is not, byte for byte, as it was made.',
    mend: 'Download it again, and do not unpack and pack it with another program.',
  },
  altered: { status: 400, public: 'The entries do not match the signature of their log: something was altered.' },
  bad_disclosure: {
    status: 400,
    public: 'A personal value is not the one that the log commits to, or one is missing without being called erased.',
  },
  not_anchored: {
    status: 400,
    public: 'Nothing shows that the anchor log holds this head.',
    mend: 'Ask for a bundle that was made after the next checkpoint.',
  },
  not_witnessed: {
    status: 400,
    public: 'Fewer witnesses than the policy asks for have signed the anchor log of this bundle.',
    mend: 'Witnesses sign a little later than the log: ask for a new bundle in a minute.',
  },
  not_pinned: {
    status: 400,
    public: 'The bundle was made with another key or another policy than the one that you expect.',
  },
  rolled_back: {
    status: 400,
    public: 'The log ends before a head that you have seen: entries were taken away.',
  },
  forked: {
    status: 400,
    public: 'The log contradicts itself: two heads are signed that cannot both be true.',
    mend: 'Keep both signed heads. They prove it to anybody.',
  },
  stale: {
    status: 400,
    public: 'This head is not recent: it was anchored, or seen by a quorum of witnesses, too long ago.',
    mend: 'Download the log twice, a minute apart: the first download is an entry that the second one must have.',
  },
  other_key: {
    status: 400,
    public: 'The head that you kept was signed with a key that this bundle does not know.',
    mend: 'If the key of the log was changed since, this bundle is older than your head, or was made by whoever has the former key.',
  },
  key_retired: {
    status: 400,
    public:
      'A head was signed with a key of this log after that key had been replaced: whoever has the former key did that.',
    mend: 'Keep the head. With this bundle it proves to anybody that somebody else signs.',
  },
  no_chain: {
    status: 400,
    public: 'A log of before is not the one that the log after it says it follows.',
  },
  bad_pair: { status: 400, public: 'These two signed heads do not contradict each other.' },
})
