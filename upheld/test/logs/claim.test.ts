import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Finding, Report, World } from '../../src/proof/claims/index.ts'
import { logsRestricted } from '../../src/proof/probes/logs-restricted/claim.ts'
import { proveSystem, type ProvenSystem } from '../proof/system.ts'
import { harbor } from '../routes/harbor.ts'
import { unseen } from './unseen.ts'

interface Seen {
  readonly findings: readonly Finding[]
  readonly places: ReadonlySet<string>
  readonly population: ReadonlyMap<string, number>
}

async function look(world: World): Promise<Seen> {
  const findings: Finding[] = []
  const places = new Set<string>()
  const population = new Map<string, number>()
  const report: Report = {
    population: (unit, count) => void population.set(unit, count),
    observe: (_attack, where) => void places.add(where),
    refute: finding => void findings.push(finding),
    signal: new AbortController().signal,
  }
  await logsRestricted.probe.run(world, report)
  return { findings, places, population }
}

suite('logs of an application of a make that the probe has never seen', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(harbor)
  })
  after(() => system.close())

  test('hold nothing that was sent: every place of every route, bytes that are no request, statements that fail', async () => {
    const { findings, places, population } = await look(system.stage.live)
    assert.deepEqual(findings, [])
    for (const { method, path } of harbor.routes.declared) {
      for (const place of ['authorization', 'cookie harbor', 'query token', 'header user-agent'])
        assert.ok(places.has(`${method} ${path}: ${place}`), `${method} ${path}: ${place}`)
    }
    for (const place of [
      'GET /ships/:code: path code',
      'POST /voyages: body.legs.0.ship.code',
      'POST /voyages: the name of a file',
      'PUT /ships/:code: body name, with a zero byte',
      'bytes that are no request: a header without a colon',
      'database, the application’s handle: a parameter that is no uuid',
      'database, the login page: a value in a statement that fails',
      'log web.log',
      'login record',
    ])
      assert.ok(places.has(place), place)
    assert.ok((population.get('inputs') ?? 0) > 200)
    assert.ok((population.get('outputs') ?? 0) >= 2)
  })

  test('broken in ways that the claim does not know, each is noticed', async () => {
    const record = await system.run(logsRestricted, { sabotages: unseen })
    assert.deepEqual(
      record.sabotages.filter(one => one.outcome !== 'caught'),
      [],
    )
    assert.deepEqual([record.verdict, record.note], ['upheld', ''])
  })

  test('that are not where they are looked for prove nothing', async () => {
    const { live } = system.stage
    const elsewhere: World = {
      ...live,
      outputs: {
        mark: () => live.outputs.mark(),
        async *pieces(since) {
          for await (const piece of live.outputs.pieces(since)) if (!piece.name.endsWith('web.log')) yield piece
        },
      },
    }
    await assert.rejects(look(elsewhere), { code: 'claims.cannot_probe', message: /not its logs that are read/ })
  })

  test('of nobody who answers prove nothing', async () => {
    const silent: World = { ...system.stage.live, origin: async () => 'http://127.0.0.1:1' }
    await assert.rejects(look(silent), { code: 'claims.cannot_probe' })
  })

  test('of a service that says nothing of its routes prove nothing', async () => {
    const mute: World = { ...system.stage.live }
    Reflect.deleteProperty(mute, 'entrance')
    assert.deepEqual([...(await look(mute)).population], [['inputs', 0]])
  })
})
