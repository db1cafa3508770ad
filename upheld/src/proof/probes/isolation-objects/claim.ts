import { claim } from '../../claims/index.ts'
import { attackObjects } from './prober.ts'
import { sabotages } from './sabotages.ts'

/** Objects of one organization, and links to them. */
export const isolationObjects = claim({
  kind: 'proven',
  id: 'isolation.objects',
  sentence:
    'Files and images belong to one organization. No other organization can fetch, list, replace or remove them, and a link opens one file of one organization until its time is over.',
  population:
    'the objects of an organization that exists for probes: empty to several chunks, with names that try to be more than names',
  extent: 'part',
  freshnessMins: 120,
  observationsMin: 2000,
  timeoutSecs: 600,
  assumptions: [
    'whoever holds a link may use it while it lasts: it is for one person, and who passes it on passes the file on',
    'the application asks the platform for the objects of the organization that it answers: isolation.routes attacks that',
  ],
  notCovered: [
    'an older copy of an object that somebody who writes to the store brings back, where nobody kept its version',
    'a link without a version opens what is put later under the same name of the same organization',
    'how many organizations there are, and number, size and time of their files: the store tells that',
  ],
  mappings: {
    asvs: ['v5.0.0-8.4.1', 'v5.0.0-8.2.2'],
    caiq: ['IVS-06.1', 'IAM-16.1'],
    soc2: ['CC6.1'],
    iso27001: ['A.5.15', 'A.8.3'],
    gdpr: ['Art. 32(1)(b)'],
  },
  probe: {
    says: 'One organization asks for another’s files by every name and key, overwrites, copies and removes; keys are guessed; blobs are moved about in the store; links are changed in each byte, joined, kept beyond time and file, and pointed elsewhere, at the platform and over HTTP.',
    source: import.meta.url,
    run: attackObjects,
  },
  sabotages,
})
