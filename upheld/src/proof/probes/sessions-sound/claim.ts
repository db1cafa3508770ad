import { claim } from '../../claims/index.ts'
import { attackSessions } from './prober.ts'
import { sabotages } from './sabotages.ts'

/** Sessions, for whoever steals, guesses, fixes or outlives one. */
export const sessionsSound = claim({
  kind: 'proven',
  id: 'sessions.sound',
  sentence:
    'Sessions end when you sign out, change your password or lose your rights, and by themselves. What is stored of them opens nothing.',
  population: 'every way on which a session begins or ends, every limit of time, and all that is stored of sessions',
  extent: 'whole',
  freshnessMins: 120,
  observationsMin: 100,
  timeoutSecs: 300,
  assumptions: [
    'how old a session is follows from the times that are stored of it: they are moved back, and nobody waits',
    'what a browser keeps is as safe as the device that it runs on',
  ],
  notCovered: [
    'a token that was stolen from a browser, until somebody ends its session or it ends by itself',
    'sessions of a provider of identity, which go on there',
    'connections that stay open: every request is asked about, a running answer is not',
  ],
  mappings: {
    asvs: [
      'v5.0.0-7.2.2',
      'v5.0.0-7.2.3',
      'v5.0.0-7.2.4',
      'v5.0.0-7.3.1',
      'v5.0.0-7.3.2',
      'v5.0.0-7.4.1',
      'v5.0.0-7.4.2',
      'v5.0.0-7.4.3',
      'v5.0.0-7.5.2',
    ],
    soc2: ['CC6.1'],
    iso27001: ['A.8.5'],
  },
  probe: {
    says: 'Sessions are begun over HTTP, fixed, forged, replayed after every way to end them, used by somebody who lost their rights, left idle and kept busy past their limits; every stored value is tried as a token, and every token is looked for in database files, write-ahead log, dump and logs.',
    source: import.meta.url,
    run: attackSessions,
  },
  sabotages,
})
