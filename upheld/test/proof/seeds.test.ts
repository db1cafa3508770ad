import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Address } from '../../src/core/ports.ts'
import type { PeopleBend } from '../../src/people-bend.ts'
import type { Report } from '../../src/proof/claims/index.ts'
import { attackSeeds } from '../../src/proof/probes/encryption-fields/seeds.ts'
import { peopleApplication } from './people-application.ts'
import { proveSystem, type ProvenSystem } from './system.ts'

suite('seeds of authenticator apps, as encryption.fields attacks them', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(peopleApplication)
  })
  after(() => system.close())

  /** What is said of the live system with its vault as it is, or changed. */
  async function said(vault?: PeopleBend['vault']): Promise<{ observed: string[]; refuted: string[] }> {
    const { live } = system.stage
    const { people } = live
    assert.ok(people !== undefined)
    const world =
      vault === undefined
        ? live
        : { ...live, people: { ...people, open: (bend: PeopleBend = {}) => people.open({ ...bend, vault }) } }
    const found = { observed: new Array<string>(), refuted: new Array<string>() }
    const report: Report = {
      signal: new AbortController().signal,
      population: () => undefined,
      observe: attack => void found.observed.push(attack),
      refute: ({ attack }) => void found.refuted.push(attack),
    }
    await attackSeeds(world, report)
    return found
  }
  const readdressed =
    (change: (address: Address) => Address): PeopleBend['vault'] =>
    honest => ({
      ...honest,
      seal: (organization, address, value) => honest.seal(organization, change(address), value),
      open: (organization, address, envelope) => honest.open(organization, change(address), envelope),
    })
  const [reading, moving] = ['read the seed of an app', 'move the seed of an app to another person']

  test('stay sealed, each for its own person, and nothing of the probe is left', async () => {
    assert.deepEqual(await said(), { observed: [reading, moving], refuted: [] })
    const { rows } = await system.admin.query(
      `select count(*)::integer as left from upheld_identity.person where email like '%.invalid'`,
    )
    assert.deepEqual(rows, [{ left: 0 }])
  })

  test('that open in every row are noticed', async () => {
    const anywhere = readdressed(({ table, column }) => ({ table, column, row: 'any' }))
    assert.deepEqual(await said(anywhere), { observed: [reading], refuted: [moving] })
  })

  test('that lie in clear inside of their envelope are noticed', async () => {
    const { refuted } = await said(honest => ({
      ...honest,
      async seal(organization, address, value) {
        const envelope = await honest.seal(organization, address, value)
        return Buffer.concat([envelope, Buffer.from(value)])
      },
      open: (organization, address, envelope) =>
        honest.open(organization, address, envelope.subarray(0, envelope.length - 20)),
    }))
    assert.deepEqual(refuted, [reading])
  })
})
