import { claim, type Report, type World } from '../../claims/index.ts'
import { attackAlone, attackRestored, attackRevoked, attackSilence } from './closing.ts'
import { attackOverlooked, attackOwn, attackStrangers } from './deciding.ts'
import { attackOverdue } from './due.ts'
import { grounded, mustBegin } from './ground.ts'
import { sabotages } from './sabotages.ts'

/** A review of access from its beginning to what it took away, and every way to have one that is none. */
export const accessReviewed = claim({
  kind: 'proven',
  id: 'access.reviewed',
  sentence: 'Access is reviewed regularly, and privileges that nobody confirms are taken away.',
  population:
    'the due date of every organization; every kind of access in an organization that exists for probes, reviewed, removed and tried again',
  extent: 'part',
  freshnessMins: 120,
  observationsMin: 40,
  timeoutSecs: 600,
  assumptions: [
    'people of a probe are treated by the same code as everybody',
    'the pages of the application ask who is inside by the entrance of Upheld',
    'the jobs of the system run: a review that they did not open in time is overdue, and seen here',
  ],
  notCovered: [
    'whether a reviewer looked before deciding',
    'accounts at the operator’s suppliers, and accounts of the operating system',
    'grants of support, which end by themselves within two hours',
  ],
  mappings: {
    caiq: ['IAM-07.1', 'IAM-08.1'],
    soc2: ['CC6.2', 'CC6.3'],
    iso27001: ['A.5.18'],
  },
  probe: {
    says: 'Looks for organizations whose review is overdue; begins one and misses nothing that was given; decides about its own access, as a stranger and twice; uses what was taken away; says nothing for three weeks; reviews an owner who is alone.',
    source: import.meta.url,
    run: probe,
  },
  sabotages,
})

async function probe(world: World, report: Report): Promise<void> {
  if (world.people === undefined) return report.population('organizations', 0)
  await grounded(world, world.people, report, async ground => {
    await attackOverdue(ground)
    const review = await mustBegin(ground)
    await attackOverlooked(ground, review)
    await attackOwn(ground, review)
    await attackStrangers(ground, review)
    await attackRevoked(ground, review)
    await attackRestored(ground)
    await attackSilence(ground)
    await attackAlone(ground)
  })
}
