import { claim } from '../../claims/index.ts'
import { attackTrail } from './prober.ts'
import { sabotages } from './sabotages.ts'

/** What was changed, by whom and what for: in a log that cannot be altered. */
export const auditComplete = claim({
  kind: 'proven',
  id: 'audit.complete',
  sentence:
    'Every change of your data, every opening of a sealed value and every recorded event is in your audit log, with who did it and what for. No entry can be altered, dropped or put into the past without being noticed.',
  population: 'every table of the application that holds customers’ rows',
  extent: 'whole',
  freshnessMins: 120,
  observationsMin: 300,
  timeoutSecs: 600,
  assumptions: [
    'the head of the anchor log that is kept outside of the database is not changed together with the database',
    'whoever holds the seed of the log keys and the database at once is watched by a witness',
  ],
  notCovered: [
    'reading of rows that are not sealed',
    'what a superuser does while he has switched the triggers off, until the next start',
    'a change that no statement of the database made, such as a file that was overwritten',
  ],
  mappings: {
    asvs: ['v5.0.0-16.2.1', 'v5.0.0-16.4.2'],
    caiq: ['LOG-02.1', 'LOG-09.1'],
    soc2: ['CC7.2'],
    iso27001: ['A.8.15'],
    gdpr: ['Art. 5(2)'],
  },
  probe: {
    says: 'Rows of every table are put in, changed, merged and taken out under names that nobody else has, also in undone transactions, by hand and in cascades; each change must be in the log once, as it was. Leaves, tiles, heads and the anchor log are verified, and every login tampers with them.',
    source: import.meta.url,
    run: attackTrail,
  },
  sabotages,
})
