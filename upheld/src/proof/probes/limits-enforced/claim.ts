import { claim, type Report, type World } from '../../claims/index.ts'
import { openCrowd } from '../people/crowd.ts'
import { attackByFlood, attackByHashing, attackByMails, attackBySlowness } from './crowding.ts'
import { groundOf } from './ground.ts'
import { sabotages } from './sabotages.ts'
import { attackByFields, attackByHeaders, attackBySize, attackByValues } from './sizes.ts'

/** The pages and programs of people, with more than they take. */
export const limitsEnforced = claim({
  kind: 'proven',
  id: 'limits.enforced',
  sentence:
    'Every page for signing up, signing in, accounts and members limits what can be sent to it and how often, and is answered while somebody tries more.',
  population:
    'every identity route: the pages and programs of people. Routes of the application are not among them yet.',
  extent: 'part',
  freshnessMins: 120,
  observationsMin: 200,
  timeoutSecs: 600,
  assumptions: ['the address of whoever asks is the one that the server sees, or that a trusted proxy says'],
  notCovered: [
    'routes of the application itself',
    'floods of more connections than the server takes: what stands in front of it has to end them',
    'how long a body may take: half a minute, then the connection ends',
    'on the running system: three hundred sign-ins at once, a thousand requests and sixty mails are tried in copies of it alone',
  ],
  mappings: { asvs: ['v5.0.0-2.4.1', 'v5.0.0-8.2.1'], caiq: ['IPY-03.1'], soc2: ['CC6.1', 'CC6.6'] },
  probe: {
    says: 'Sends bodies of 100 KB and 10 MB, forms of 10,000 fields, odd values, and addresses and headers as long as they get to every identity route; begins forms that never end, signs in 300 times at once, floods from one address. All is refused in words while others are answered.',
    source: import.meta.url,
    run: probe,
  },
  sabotages,
})

const gentle = [attackBySize, attackByFields, attackByValues, attackByHeaders, attackBySlowness] as const
/** With a force that would slow others down as well: in copies of the system alone. */
const heavy = [attackByFlood, attackByMails, attackByHashing] as const

async function probe(world: World, report: Report): Promise<void> {
  if (world.people === undefined) return report.population('identity routes', 0)
  const crowd = await openCrowd(world, world.people, report.signal)
  try {
    const ground = await groundOf(world, report, crowd)
    report.population('identity routes', ground.routes.length)
    for (const attack of ground.gentle ? gentle : [...gentle, ...heavy]) await attack(ground)
  } finally {
    await crowd.close()
  }
}
