import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { claimDefinition, type Finding, type Report, type World } from '../../src/proof/claims/index.ts'
import { auditComplete } from '../../src/proof/probes/audit-complete/claim.ts'
import { proveSystem, type ProvenSystem } from './system.ts'
import { unseenTrails } from './unseen-trails.ts'

const desk = { tenantSchemas: ['desk'], migrations: new URL('../../../desk/migrations/', import.meta.url) }
const orchard = { tenantSchemas: ['orchard'], migrations: new URL('../schemas/orchard/', import.meta.url) }

interface Seen {
  readonly findings: readonly Finding[]
  readonly attacks: ReadonlyMap<string, ReadonlySet<string>>
}

async function look(world: World): Promise<Seen> {
  const findings: Finding[] = []
  const attacks = new Map<string, Set<string>>()
  const report: Report = {
    population: () => undefined,
    observe: (attack, where) => void attacks.set(attack, (attacks.get(attack) ?? new Set()).add(where)),
    refute: finding => void findings.push(finding),
    signal: new AbortController().signal,
  }
  await auditComplete.probe.run(world, report)
  return { findings, attacks }
}

suite('the trail of the desk', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(desk)
  })
  after(() => system.close())

  test('is complete and stays as it is, and each sabotage is caught', async () => {
    const record = await system.run(auditComplete)
    assert.deepEqual(
      record.sabotages.filter(({ outcome }) => outcome !== 'caught'),
      [],
    )
    assert.equal(record.verdict, 'upheld', JSON.stringify(record))
  })
})

suite('the trail of a make that the probe has never seen', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(orchard)
  })
  after(() => system.close())

  test('says every kind of change: keys that name people, of several columns, of no column; partitions; cascades', async () => {
    const { findings, attacks } = await look(system.stage.live)
    assert.deepEqual(findings, [])
    for (const [attack, where] of [
      ['insert unseen', 'orchard."Farm Hand"'],
      ['delete unseen', 'orchard.tree'],
      ['delete unseen', 'orchard.gossip'],
      ['update unseen', 'orchard.weather'],
      ['merge unseen', 'orchard.picking'],
      ['upsert unseen', 'orchard.weather_new'],
      ['hide among many rows', 'orchard.box'],
      ['change what cannot be changed', 'orchard.diary'],
      ['insert unseen', 'orchard.diary'],
    ] as const) {
      assert.ok(attacks.get(attack)?.has(where), `${attack} at ${where}`)
    }
  })

  test('broken in ways that the claim does not know, each is noticed', async () => {
    const record = await system.run(auditComplete, { sabotages: unseenTrails })
    assert.deepEqual(
      record.sabotages.filter(({ outcome }) => outcome !== 'caught'),
      [],
    )
    assert.equal(record.verdict, 'upheld', JSON.stringify(record))
  })
})

test('what the claim says of itself fits into a leaf of the log', () => {
  assert.ok(Buffer.byteLength(JSON.stringify(claimDefinition(auditComplete))) < 15_800)
})
