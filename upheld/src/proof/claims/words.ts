import type { Reason } from './verdict.ts'

/** Why a verdict is what it is, in words that follow "because". */
export const reasonWords: Readonly<Record<Reason, string>> = Object.freeze({
  held: 'every attack was beaten and every sabotage was caught',
  refuted: 'an attack came through',
  errored: 'the probe could not do its work',
  timed_out: 'the run used up its time',
  empty: 'there was too little to attack',
  sabotage_missed: 'a system broken on purpose was not noticed',
  sabotage_errored: 'a system broken on purpose could not be tried',
  lost: 'the process that ran the attacks stopped',
  clock: 'a clock cannot be trusted',
  never_run: 'it has not been attacked yet',
  expired: 'the newest evidence is too old',
  overdue: 'a run was started and has not come back',
  changed: 'the claim was changed after its newest evidence',
  record_incomplete: 'the record of the runs is not whole',
  unread: 'our record cannot be read at the moment',
  withdrawn: 'the promise was withdrawn',
  planned: 'it is not in place yet',
  attested: 'a person or a supplier states it',
})
