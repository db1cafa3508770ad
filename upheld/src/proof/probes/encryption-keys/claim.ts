import { claim } from '../../claims/index.ts'
import { attackKeys } from './prober.ts'
import { sabotages } from './sabotages.ts'

/** Keys of one organization, rotated, and destroyed for good. */
export const encryptionKeys = claim({
  kind: 'proven',
  id: 'encryption.keys',
  sentence:
    'Every organization has encryption keys of its own. They can be changed at any time, an old one opens nothing any more, and what is erased can be opened by nobody, however old the backup.',
  population: 'the keys of two organizations that exist for probes, and of one that is made to be erased',
  extent: 'part',
  freshnessMins: 1440,
  observationsMin: 12,
  timeoutSecs: 300,
  assumptions: [
    'the root key is where it should be, and whoever holds it does not keep copies of what it unwrapped',
    'backups of the store of keys are kept no longer than the operator says: until then an erasure is pending, and said to be',
  ],
  notCovered: ['keys in the memory of a process: they are forgotten within seconds, at the latest after five minutes'],
  mappings: {
    asvs: ['v5.0.0-11.2.2', 'v5.0.0-13.3.1'],
    caiq: ['CEK-12', 'CEK-14'],
    soc2: ['CC6.1'],
    iso27001: ['A.8.24'],
    gdpr: ['Art. 17'],
  },
  probe: {
    says: 'Keys are changed, destroyed, moved to another organization and brought back from a copy, and what they sealed is asked to open; the root key is asked to unwrap for another purpose; the disks are searched for keys in clear, and for wrapped ones that were ended.',
    source: import.meta.url,
    run: attackKeys,
  },
  sabotages,
})
