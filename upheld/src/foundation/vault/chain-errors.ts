import { defineErrors } from '../../core/errors.ts'

/** Of keys: their states, their floors, and their ends. */
export const refuseKey = defineErrors('vault', {
  key_unknown: {
    status: 410,
    public: 'No key of this organization has the id that this value was sealed with.',
    mend: 'Was the value copied from another organization, or the key store replaced by an older one?',
  },
  key_destroyed: { status: 410, public: 'The keys to this value have been destroyed. It can never be read again.' },
  key_disabled: {
    status: 403,
    public: 'The key to this value is switched off.',
    mend: 'Whoever switched it off can switch it on again.',
  },
  version_too_old: {
    status: 403,
    public: 'This is an older version than is accepted: an old backup, a key store that was turned back, or an attack.',
    mend: 'Restore the current state. A floor that was raised is never lowered.',
  },
  keys_lost: {
    status: 500,
    public: 'The key store has lost keys that were there once. No new ones are made in their place.',
    mend: 'Restore the key store from its newest backup.',
  },
  key_foreign: {
    status: 500,
    public: 'The key store gave a key that does not belong where it lies.',
    mend: 'Somebody moved or changed a wrapped key. Restore it from a backup, and find out who.',
  },
  root_unknown: {
    status: 500,
    public: 'A key is wrapped by a root key that is not at hand.',
    mend: 'Name the older root key too, and run: upheld vault rotate --what root',
  },
  root_unsound: {
    status: 502,
    public: 'The root key wrapped a key in a way that it does not open again. What was there before is kept.',
    mend: 'Look at the key service and at what stands between, then do it again.',
  },
  key_contended: {
    status: 503,
    public: 'Others change the keys of this organization all the time.',
    mend: 'Try again.',
  },
  bad_domain: { status: 500, public: 'This is no domain of data keys: 1 to 200 printable bytes, and not `kek`.' },
  still_open: {
    status: 503,
    public: 'A transaction that may still write an older envelope does not end.',
    mend: 'End it, and go on with the rotation: nothing is lost.',
  },
  envelopes_left: {
    status: 409,
    public: 'Some values do not open, so the key that they were sealed with is kept.',
    mend: 'Write them anew or delete them, and run the rotation again.',
  },
})
