import { claim } from '../../claims/index.ts'
import { attackRoles } from './prober.ts'
import { sabotages } from './sabotages.ts'

/** What members may do, tried on every route as everybody. */
export const rolesEnforced = claim({
  kind: 'proven',
  id: 'roles.enforced',
  sentence:
    'Roles and single exceptions decide what each member of your organization sees and does. A denial always wins, and nobody gives more than they have.',
  population: 'every route that is not public, for every role, every permission and every scope of a key',
  extent: 'whole',
  freshnessMins: 120,
  observationsMin: 200,
  timeoutSecs: 300,
  assumptions: [
    'the application declares every route that it mounts, with the roles that may use it',
    'a refusal is an error, or the way to a page where somebody proves who they are',
  ],
  notCovered: [
    'which fields of a page somebody sees who may open it',
    'a path that nobody declared: isolation.routes looks for those',
    'two administrators who plan together: access reviews are for that',
  ],
  mappings: {
    asvs: ['v5.0.0-8.2.1', 'v5.0.0-8.2.3', 'v5.0.0-8.3.1', 'v5.0.0-8.3.2'],
    caiq: ['IAM-05.1', 'IAM-16.1'],
    soc2: ['CC6.3'],
    iso27001: ['A.5.15', 'A.8.3'],
  },
  probe: {
    says: 'Members of every role, one without, staff, keys, visitors and nobody try every route; each permission is given and denied by exceptions, live and over; a member with few rights tries to give more, to take from the owner, to raise themselves. Rows are compared before and after.',
    source: import.meta.url,
    run: attackRoles,
  },
  sabotages,
})
