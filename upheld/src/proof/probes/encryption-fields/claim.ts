import { claim } from '../../claims/index.ts'
import { attackFields } from './prober.ts'
import { sabotages } from './sabotages.ts'

/** Values that are sealed for one organization, table, column and row. */
export const encryptionFields = claim({
  kind: 'proven',
  id: 'encryption.fields',
  sentence:
    'Credentials, access tokens and private notes are encrypted with AES-256-GCM before they reach the database, each for its own organization, table, column and row.',
  population:
    'every sealed column of the application’s tables, and seeds of authenticator apps where Upheld keeps the people',
  extent: 'whole',
  freshnessMins: 120,
  observationsMin: 20,
  timeoutSecs: 300,
  assumptions: [
    'the cipher is AES-256-GCM in the construction of C2SP chunked-encryption: that is tested with the vectors of others, not seen from outside',
    'what must be sealed is in a sealed column: the application decides that in its schema',
  ],
  notCovered: [
    'the memory of the application’s process, where values are in clear while they are used',
    'an older value of the same cell that somebody puts back',
    'how long a value is: it can be seen',
  ],
  mappings: {
    asvs: ['v5.0.0-11.3.2', 'v5.0.0-14.2.4'],
    caiq: ['CEK-03'],
    soc2: ['CC6.1'],
    iso27001: ['A.8.24'],
    gdpr: ['Art. 32(1)(a)'],
  },
  probe: {
    says: 'Values that nobody knows are sealed through the application’s own handle, put into other places and almost the right one, sealed twice, changed, cut, packed, printed, provoked into errors, and looked for in the database’s files, its log of changes, a dump and what is printed, in eight spellings.',
    source: import.meta.url,
    run: attackFields,
  },
  sabotages,
})
