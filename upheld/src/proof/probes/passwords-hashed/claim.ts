import { claim } from '../../claims/index.ts'
import { stealPasswords } from './prober.ts'
import { sabotages } from './sabotages.ts'

/** Passwords, for whoever stole everything that is stored. */
export const passwordsHashed = claim({
  kind: 'proven',
  id: 'passwords.hashed',
  sentence:
    'Passwords are kept only as argon2id hashes, each with a salt of its own and with a key that is not in the database. Short, common and stolen passwords are refused.',
  population: 'every way on which somebody chooses a password, and every other login of the database',
  extent: 'whole',
  freshnessMins: 120,
  observationsMin: 100,
  timeoutSecs: 300,
  assumptions: [
    'the file with the pepper is not in the hands of whoever stole the database',
    'what a guess costs is stated in memory and passes: how long it takes depends on the machine',
  ],
  notCovered: [
    'the memory of the process that checks a password, where it is in clear for a moment',
    'a digest with a salt that nobody could guess, kept in another place than where hashes are',
    'a common password with signs or years added to it',
    'functions of the database that give a hash away',
  ],
  mappings: {
    asvs: ['v5.0.0-11.4.2', 'v5.0.0-6.2.1', 'v5.0.0-6.2.4', 'v5.0.0-6.2.8', 'v5.0.0-6.2.9', 'v5.0.0-6.2.11'],
    caiq: ['IAM-15.1'],
    soc2: ['CC6.1'],
    iso27001: ['A.5.17'],
    gdpr: ['Art. 32(1)(a)'],
  },
  probe: {
    says: 'Fresh passwords are chosen by sign-up, change, reset and import, then looked for in database files, write-ahead log, dump, logs and mails, in ten spellings and as plain digests. Each hash is read, tried without the pepper and by every other login; bad passwords are tried over HTTP.',
    source: import.meta.url,
    run: stealPasswords,
  },
  sabotages,
})
