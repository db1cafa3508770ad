import { claim, type Report, type World } from '../../claims/index.ts'
import { openCrowd } from '../people/crowd.ts'
import { attackByPasskey } from './by-passkey.ts'
import { attackByChanging, attackByReading } from './changes.ts'
import { groundOf } from './ground.ts'
import { attackByPower, attackBySwitching } from './power.ts'
import { sabotages } from './sabotages.ts'
import { attackByCodes, attackByRecovery, attackByTicket } from './used-once.ts'
import { attackByRule, attackBySkipping, attackByWays } from './ways.ts'

/** Every way in without a second factor, and everything that could stand in for one. */
export const mfaEnforced = claim({
  kind: 'proven',
  id: 'mfa.enforced',
  sentence: 'Administrators must use a second factor. Members may, and your organization can require it.',
  population:
    'every way to a session, held against every page of an organization that an administrator may use; codes, tickets and factors of people of the probe',
  extent: 'whole',
  freshnessMins: 120,
  observationsMin: 40,
  timeoutSecs: 600,
  assumptions: [
    'people of a probe are treated by the same code as everybody',
    'the clock of the server is right to within half a minute',
    'the pages of the application ask who is inside by the entrance of Upheld',
  ],
  notCovered: [
    'a code or a recovery code that is read over somebody’s shoulder before it is used',
    'a provider of an organization that says of one factor that it was two',
    'what a browser keeps of a page that it has shown',
  ],
  mappings: {
    asvs: ['v5.0.0-6.3.3', 'v5.0.0-6.3.4', 'v5.0.0-6.4.3', 'v5.0.0-6.5.1'],
    caiq: ['IAM-14.1'],
    soc2: ['CC6.1'],
    iso27001: ['A.8.5'],
  },
  probe: {
    says: 'Administrators without a second factor come in on six ways and try every page of their organization. Codes and passkeys are replayed, raced, forged, tried early, late and for others; the step between is skipped; factors are changed without a fresh proof; seeds and codes are searched for.',
    source: import.meta.url,
    run: probe,
  },
  sabotages,
})

async function probe(world: World, report: Report): Promise<void> {
  if (world.people === undefined) return report.population('pages behind the second factor', 0)
  const crowd = await openCrowd(world, world.people, report.signal)
  try {
    const ground = await groundOf(world, report, crowd)
    report.population('pages behind the second factor', ground.closed.length)
    if (ground.closed.length === 0) return
    for (const attack of [
      attackByWays,
      attackBySkipping,
      attackByRule,
      attackByPower,
      attackBySwitching,
      attackByTicket,
      attackByCodes,
      attackByRecovery,
      attackByPasskey,
      attackByChanging,
      attackByReading,
    ])
      await attack(ground)
  } finally {
    await crowd.close()
  }
}
