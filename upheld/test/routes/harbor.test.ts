import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { Finding, Report, Stage } from '../../src/proof/claims/index.ts'
import { isolationRoutes } from '../../src/proof/probes/isolation-routes/claim.ts'
import { proveSystem, type ProvenSystem } from '../proof/system.ts'
import { harbor } from './harbor.ts'
import { unseen } from './unseen.ts'

interface Walked {
  readonly attacks: ReadonlyMap<string, ReadonlySet<string>>
  readonly findings: readonly Finding[]
}

async function walk(world: Stage['live'], stop = new AbortController()): Promise<Walked> {
  const attacks = new Map<string, Set<string>>()
  const findings: Finding[] = []
  const report: Report = {
    population: () => undefined,
    observe: (attack, where) => void attacks.set(where, (attacks.get(where) ?? new Set()).add(attack)),
    refute: finding => void findings.push(finding),
    signal: stop.signal,
  }
  await isolationRoutes.probe.run(world, report)
  return { attacks, findings }
}

suite('an application of a make that the probe has never seen', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(harbor)
  })
  after(() => system.close())

  const leftBehind = async (): Promise<readonly string[]> => {
    const tables = ['pass', 'ship', 'crate', 'invoice', 'voyage']
    const counted = tables.map(table => `select '${table}' as name, count(*)::int as n from harbor.${table}`)
    const { rows } = await system.admin.query(counted.join(' union all '))
    return rows.filter(row => row['n'] !== 0).map(row => String(row['name']))
  }

  test('every route is attacked in every place, and nothing is left behind', async () => {
    const { attacks, findings } = await walk(system.stage.live)
    assert.deepEqual(findings, [])
    for (const { method, path } of harbor.routes.declared) assert.ok(attacks.has(`${method} ${path}`), path)
    const of = (where: string): string => [...(attacks.get(where) ?? [])].join('\n')
    assert.match(of('GET /crate-at-hand'), /in the cookie crate, as master/)
    assert.match(of('GET /crate-on-hook'), /in the header x-crate, as hand/)
    assert.match(of('POST /voyages'), /in the body\.legs\.0\.ship\.code/)
    assert.match(of('GET /invoices/:year/:number'), /in the path number/)
    assert.match(of('GET /ships'), /their words in a search/)
    assert.match(of('GET /ships'), /a cursor of theirs/)
    assert.match(of('PUT /ships/:code'), /a name that they have/)
    assert.match(of('DELETE /crates/:id'), /the time of an answer/)
    assert.deepEqual(await leftBehind(), [])
  })

  test('sabotages that the claim does not know are noticed', async () => {
    const record = await system.run(isolationRoutes, { sabotages: unseen })
    assert.deepEqual(
      record.sabotages.filter(one => one.outcome !== 'caught'),
      [],
    )
    assert.deepEqual([record.verdict, record.note], ['upheld', ''])
  })

  test('a machine that is busy by fits and starts raises no alarm', async () => {
    const fits = `const still = new Int32Array(new SharedArrayBuffer(4))
      for (;;) {
        for (let n = 0; n < 2e7 * Math.random(); n += 1);
        Atomics.wait(still, 0, 0, 20 * Math.random())
      }`
    const workers = [1, 2].map(() => new Worker(fits, { eval: true }))
    try {
      assert.deepEqual((await walk(system.stage.live)).findings, [])
    } finally {
      await Promise.all(workers.map(worker => worker.terminate()))
    }
  })

  test('what a walk that was cut off left behind, the next one clears away', async () => {
    const stop = new AbortController()
    const cut = walk({ ...system.stage.live, entrance: cutAfter(system.stage.live, 4, () => stop.abort()) }, stop)
    await assert.rejects(cut, { code: 'claims.cannot_probe' })
    const { thief } = system.stage.live.entrance ?? assert.fail('the harbor says what its routes are')
    const organization = system.upheld.organization(thief)
    await organization.query(`insert into harbor.ship values ($1, 'left-behind', 'by one that was killed')`, [thief])
    assert.deepEqual((await walk(system.stage.live)).findings, [])
    assert.deepEqual(await leftBehind(), [])
  })
})

/** The way in, which tells somebody when it has furnished so many times. */
function cutAfter(world: Stage['live'], times: number, cut: () => void): NonNullable<Stage['live']['entrance']> {
  const entrance = world.entrance ?? assert.fail('the harbor says what its routes are')
  let furnished = 0
  return {
    ...entrance,
    routes: {
      ...entrance.routes,
      async furnish(organization, mark) {
        furnished += 1
        const furnishing = await entrance.routes.furnish(organization, mark)
        if (furnished === times) cut()
        return furnishing
      },
    },
  }
}
