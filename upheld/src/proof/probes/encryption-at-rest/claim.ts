import { claim } from '../../claims/index.ts'
import { attackAtRest } from './prober.ts'
import { sabotages } from './sabotages.ts'

/** Objects where they lie. Databases and backups will be in claims of their own. */
export const encryptionAtRest = claim({
  kind: 'proven',
  id: 'encryption.at-rest',
  sentence:
    'Files and images are encrypted with AES-256-GCM before they are stored, with their names and types, and one that was changed where it lies is refused before any of it is given out.',
  population: 'objects of one organization that exists for probes, from a short text to more than is written at once',
  extent: 'part',
  freshnessMins: 120,
  observationsMin: 100,
  timeoutSecs: 300,
  assumptions: [
    'the cipher is AES-256-GCM in the construction of C2SP chunked-encryption: that is tested with the vectors of others; from outside it is seen that it is noise, and that no bit of it can be changed',
    'the store of objects is the folder that the platform was given: where it is a bucket, nothing is read and nothing is proven',
  ],
  notCovered: [
    'databases and backups: encryption.fields is about what is sealed in rows, and backups.encrypted about backups',
    'what an application writes about a file into rows of its own, such as a name that it shows in lists',
    'the memory of the process, where files pass in pieces of 16 KiB, and what somebody writes elsewhere on the machine',
    'the length of a file, and when it was stored: the store tells that',
  ],
  mappings: {
    asvs: ['v5.0.0-11.3.2', 'v5.0.0-11.3.3'],
    caiq: ['CEK-03.1'],
    soc2: ['CC6.1'],
    iso27001: ['A.8.24'],
    gdpr: ['Art. 32(1)(a)'],
  },
  probe: {
    says: 'Texts that nobody knows are put in content, names and types of files, and looked for in the store, the database’s files, its log and a dump, in eight spellings; equal files are compared where they lie; each part of a stored file is changed, cut, exchanged and joined with others.',
    source: import.meta.url,
    run: attackAtRest,
  },
  sabotages,
})
