import { openSealing } from '../../src/custody.ts'
import { systemClock } from '../../src/core/clock.ts'
import { assert } from '../../src/core/errors.ts'
import type { Sealing } from '../../src/foundation/tenancy/index.ts'
import {
  factors,
  parseFactorOptions,
  type FactorOptions,
  type FactorPorts,
  type Factors,
} from '../../src/guards/factors/index.ts'
import { codeAt, stepAt } from '../../src/guards/factors/totp-code.ts'
import { testPeople, type TestPeople } from '../../src/testing/index.ts'

/** Persons with factors over a real database and a real vault. */
export interface FactorStage {
  readonly people: TestPeople
  readonly sealing: Sealing
  readonly ports: FactorPorts
  readonly factors: Factors
  /** Somebody new. */
  person(): Promise<string>
  /** Somebody new with an app, whose clock is now two steps after the code that confirmed it. */
  personWithApp(): Promise<{ readonly personId: string; readonly seed: Uint8Array }>
  /** What the app shows, so many steps from now. */
  code(seed: Uint8Array, ahead?: number): string
  /** What the record says of refusals of this person. */
  refusals(personId: string): Promise<readonly string[]>
  close(): Promise<void>
}

export const network = '192.0.2.7'

export const stageOptions = { issuer: 'Desk', rpId: 'localhost', origins: ['http://localhost:1'] }

export async function factorStage(given: Partial<FactorOptions> = {}): Promise<FactorStage> {
  const people = await testPeople()
  const { vault } = people.platform.custody
  const sealing = openSealing({ vault }, {}, systemClock, id => people.platform.upheld.organization(id))
  assert(sealing !== undefined, 'the platform of tests has a vault')
  const options = parseFactorOptions({ ...stageOptions, ...given })
  const ports: FactorPorts = { database: people.database, sealing: sealing.vault, clock: people.clock }
  const all = factors(ports, options)
  let count = 0

  const person = (): Promise<string> => people.person(`somebody-${++count}@example.org`)
  const code = (seed: Uint8Array, ahead = 0): string => codeAt(seed, stepAt(people.clock.now()) + ahead)
  return Object.freeze({
    people,
    sealing: sealing.vault,
    ports,
    factors: all,
    person,
    async personWithApp() {
      const personId = await person()
      const { enrollmentId, secret } = await all.totp.begin({ personId, account: 'somebody@example.org' })
      const seed = fromBase32(secret)
      const confirmed = await all.totp.confirm({ personId, enrollmentId, code: code(seed), network })
      assert(confirmed.passed, 'the code of an app confirms it')
      people.clock.turn(60)
      return { personId, seed }
    },
    code,
    async refusals(personId: string) {
      const { rows } = await people.database.query(
        `select action || ': ' || (detail ->> 'kind') as line from upheld_identity.event where person_id = $1 order by id`,
        [personId],
      )
      return rows.map(row => String(row['line']))
    },
    async close() {
      sealing.close()
      await people.close()
    },
  })
}

/** RFC 4648 section 6, as an app reads it. */
export function fromBase32(text: string): Uint8Array {
  let bits = ''
  for (const letter of text) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], byte => parseInt(byte, 2))
}
