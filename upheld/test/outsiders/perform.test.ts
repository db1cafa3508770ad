import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { compareRuns, fetchContract, openLine, perform, worstOf, type Performed } from '../../src/proof/outsiders/index.ts'
import { openLab, type Lab } from './lab.ts'

const signal = new AbortController().signal

async function performAt(lab: Lab): Promise<Performed> {
  const line = openLine(lab.origin, { clock: systemClock, signal })
  const { contract, digest } = await fetchContract(line)
  return perform({ line, contract, digest, clock: systemClock, signal, onProgress: () => undefined })
}

suite('an honest service, probed from outside', () => {
  let lab: Lab
  let done: Performed
  before(async () => {
    lab = await openLab()
    for (const claim of ['isolation.routes', 'sessions.sound', 'widget.scoped', 'roadmap.honest']) await lab.publish(claim, 'upheld')
    done = await performAt(lab)
  })
  after(async () => {
    await lab.close()
    assert.deepEqual(lab.failures, [])
  })

  test('every probe holds, with as many observations as it declares, over all that it counted', () => {
    const short = done.runs.map(({ probe, verdict, note, findings }) => ({ probe, verdict, note, findings }))
    for (const run of done.runs) {
      console.log(run.probe, run.verdict, run.observations, run.population, run.duration_ms, run.note)
    }
    console.log(done.requests)
    assert.deepEqual(
      short,
      ['routes', 'sessions', 'visitors', 'page'].map(probe => ({ probe, verdict: 'upheld', note: '', findings: [] })),
    )
  })
})
