import { claim } from '../../claims/index.ts'
import { aboutServer, linter } from '../linter.ts'
import { mutations } from './mutations/index.ts'
import { attackRows } from './prober.ts'

/** Every table of the running application, attacked as one organization by another. */
export const isolationRows = claim({
  kind: 'proven',
  id: 'isolation.rows',
  sentence:
    'Every query is bound to your organization. No customer can read, count, change or delete another customer’s data.',
  population: 'every table, partition, view and function that the application’s login can reach',
  extent: 'whole',
  freshnessMins: 60,
  observationsMin: 50,
  timeoutSecs: 900,
  assumptions: [
    'the application reaches its rows through Upheld’s handle, or with the same database login',
    'the key that signs contexts is known to the application’s process alone',
  ],
  notCovered: [
    'code that runs inside the application’s process',
    'a context that was stolen from the same connection while it is good, or from behind a pooler: it lives for seconds',
    'a stolen superuser of the database, its disk, its replicas and its backups',
    'what the time that an answer takes, the planner’s estimates or the numbers of a shared sequence tell about how much there is',
    'faults of Postgres itself that no attack here knows: the minimum releases are checked apart',
  ],
  mappings: { asvs: ['v5.0.0-8.4.1'], soc2: ['CC6.1'], iso27001: ['A.8.3'] },
  instruments: [
    linter(
      'The catalogue of the database is held against rules about row security, policies, keys, views, functions, rights, roles and the code that reads contexts.',
      rule => !aboutServer(rule),
    ),
    {
      name: 'prober',
      says: 'One organization attacks another in every table: reads, counts, writes, moves, upserts, deletes, foreign and unique keys, views and functions; through the handle, injected SQL and shared connections, and with forged, expired, stolen and absent contexts.',
      source: import.meta.url,
      run: attackRows,
    },
  ],
  sabotages: mutations,
})
