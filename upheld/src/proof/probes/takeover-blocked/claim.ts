import { claim, type Report, type World } from '../../claims/index.ts'
import { openCrowd } from '../people/crowd.ts'
import { attackHousehold, attackMany, attackNetwork } from './at-many.ts'
import { attackBetween, attackBudget, attackChallenge, attackInside, attackOne, attackSecond } from './at-one.ts'
import { attackDiscovery } from './discovery.ts'
import { groundOf } from './ground.ts'
import { attackOwner } from './owner.ts'
import { sabotages } from './sabotages.ts'

/** Accounts guessed at, sprayed and stuffed; and whether their owners still get in. */
export const takeoverBlocked = claim({
  kind: 'proven',
  id: 'takeover.blocked',
  sentence:
    'Attempts to guess or reuse passwords are noticed and blocked, without locking out the owner of the account.',
  population: 'ways to guess at accounts of the probe, and ways in which their owners come in meanwhile',
  extent: 'part',
  freshnessMins: 120,
  observationsMin: 12,
  timeoutSecs: 600,
  assumptions: [
    'the address of whoever asks is the one that the server sees, or that a trusted proxy says',
    'people of a probe are treated by the same code as everybody',
  ],
  notCovered: [
    'somebody who knows the password of an account without a second factor, and uses it once',
    'attacks from thousands of networks at once: on the running system a few guesses are made, the rest in copies of it',
    'differences in time; what is told, asked and done is the same',
    'an owner without a known device, passkey or mailbox, after a hundred failures in a row',
  ],
  mappings: {
    asvs: ['v5.0.0-6.1.1', 'v5.0.0-6.3.1', 'v5.0.0-6.3.8'],
    caiq: ['IAM-14.1'],
    soc2: ['CC6.1', 'CC6.6'],
    iso27001: ['A.8.5'],
  },
  probe: {
    says: 'Guesses at one account from many addresses, at many accounts from one address, network and household, at codes, between sign-ins and in two processes, with challenges answered. Meanwhile the owner comes in by a known browser, a passkey, a new browser, and must be told.',
    source: import.meta.url,
    run: probe,
  },
  sabotages,
})

const gentle = [attackDiscovery, attackOne, attackChallenge, attackOwner] as const
/** With a force that would slow others down as well: in copies of the system alone. */
const heavy = [
  attackSecond,
  attackInside,
  attackBudget,
  attackBetween,
  attackMany,
  attackHousehold,
  attackNetwork,
] as const

async function probe(world: World, report: Report): Promise<void> {
  if (world.people === undefined) return report.population('ways to guess', 0)
  const crowd = await openCrowd(world, world.people, report.signal)
  try {
    const ground = await groundOf(world, report, crowd)
    const attacks = ground.gentle ? gentle : [...gentle, ...heavy]
    report.population('ways to guess', attacks.length)
    for (const attack of attacks) await attack(ground)
  } finally {
    await crowd.close()
  }
}
