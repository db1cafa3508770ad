import { claim, type Report, type World } from '../../claims/index.ts'
import { attackConsent, attackJoining, attackScope } from './asking.ts'
import { attackForged, attackVouched, attackWithout } from './entering.ts'
import { attackAfter, attackBeyond, attackSilently } from './granted.ts'
import { grounded } from './ground.ts'
import { sabotages } from './sabotages.ts'

/** People of the operator, without, beyond and after what a customer granted them. */
export const supportByConsent = claim({
  kind: 'proven',
  id: 'support.by-consent',
  sentence:
    'Our employees cannot open your data. Support sees only what you grant, for as long as you grant it, and every look stands in your own log.',
  population:
    'every table of customers, every page that staff could be let into, and every permission that staff is never given, tried by people of the operator that exist for probes',
  extent: 'whole',
  freshnessMins: 120,
  observationsMin: 100,
  timeoutSecs: 600,
  assumptions: [
    'people of a probe are treated by the same code as everybody',
    'the pages of the application ask who is inside by the entrance of Upheld',
    'whoever is superuser of the database, or holds the key of contexts and the database, is not held back by it',
  ],
  notCovered: [
    'what somebody of the operator remembers, copies or photographs while a grant is live',
    'an emergency that two people with passkeys agree on: it is told to the owners at once, and counted on this page',
    'files that a granted page leads to: opening one is no entry of the log by itself',
  ],
  mappings: {
    caiq: ['IAM-11.1', 'DSP-15.1'],
    soc2: ['CC6.1', 'CC6.3'],
    iso27001: ['A.8.2'],
    gdpr: ['Art. 28(3)(a)', 'Art. 32(4)'],
  },
  probe: {
    says: 'People of the operator look and write without a grant, with forged, foreign and lapsed ones, beyond it, after it was ended and after they left. They ask for what is never given, agree to their own request and approve it. Every look is counted in the customer’s own log.',
    source: import.meta.url,
    run: probe,
  },
  sabotages,
})

async function probe(world: World, report: Report): Promise<void> {
  if (world.people === undefined) return report.population('tables of customers', 0)
  await grounded(world, world.people, report, async ground => {
    if (ground.readable.length === 0) return report.population('pages that staff could be let into', 0)
    for (const attack of [
      attackWithout,
      attackVouched,
      attackScope,
      attackJoining,
      attackConsent,
      attackForged,
      attackBeyond,
      attackAfter,
      attackSilently,
    ])
      await attack(ground)
  })
}
