import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { doorClaim, openDoors, rattle, unlock, type Doors } from '../../../test/proof/door.ts'
import { systemClock } from '../../core/clock.ts'
import { canonicalJson, digestOf, type JsonObject } from '../../core/json.ts'
import { doubtsOf, readRun } from '../evidence/verify/run.ts'
import { carriesUpheld } from './judge.ts'
import { asJson } from './leaf.ts'
import {
  claim,
  claimDefinition,
  claimDigest,
  readLeaf,
  runClaim,
  type Instrument,
  type ProvenClaim,
  type RunRecord,
  type Sabotage,
} from './index.ts'

let doors: Doors
before(async () => {
  doors = await openDoors()
})
beforeEach(() => doors.setLocked(true))
after(() => doors.close())

const source = import.meta.url
const hand: Instrument = { name: 'hand', says: 'Rattles at every door.', source, run: rattle }
/** Sees only whether the first door is open. */
const eye: Instrument = {
  name: 'eye',
  says: 'Looks at the first door.',
  source,
  async run(world, report) {
    report.population('first doors', 1)
    const [first = ''] = doors.rooms
    const { status } = await fetch(`${await world.origin()}${first}`)
    if (status === 403) report.observe('look', first)
    else report.refute({ attack: 'look', where: first, saw: `status ${status}` })
  },
}
const blind: Instrument = {
  name: 'blind',
  says: 'Looks the other way.',
  source,
  async run(_world, report) {
    report.population('walls', 1)
    report.observe('look', 'a wall')
  },
}
const unlocked: Sabotage = { name: 'unlocked', says: 'Somebody unlocked the house.', source, apply: unlock }
const painted: Sabotage = { name: 'painted', says: 'Somebody painted it.', source, apply: async twin => twin }

/** The claim of the doors, with no word of who looks. */
function withoutProbe(): Omit<ProvenClaim, 'probe' | 'instruments'> {
  const { kind, id, sentence, population, freshnessMins, observationsMin, timeoutSecs, mappings } = doorClaim()
  const { assumptions, notCovered, sabotages } = doorClaim()
  const rest = { kind, id, sentence, population, freshnessMins, observationsMin, timeoutSecs, mappings }
  return { ...rest, assumptions, notCovered, sabotages }
}

function housed(instruments: readonly Instrument[], sabotages: readonly Sabotage[] = [unlocked]): ProvenClaim {
  return claim({ ...withoutProbe(), instruments, sabotages })
}

function run(of: ProvenClaim, twinsAtOnce = 1): Promise<RunRecord> {
  const stage = { ...doors.stage, twinsAtOnce }
  return runClaim(of, 1, { stage, clock: systemClock }, new AbortController().signal)
}

const outcome = ({ verdict, reason }: RunRecord): string => `${verdict} ${reason}`

suite('a claim with several instruments', () => {
  test('is upheld when each holds, and each notices every sabotage by itself; the record says who, when and by what', async () => {
    const record = await run(housed([eye, hand]))
    assert.equal(outcome(record), 'upheld held')
    assert.deepEqual(record.population, { 'first doors': 1, rooms: 3 })
    assert.equal(record.observations, 4)
    const [tried] = record.sabotages
    assert.deepEqual(
      tried?.noticed?.map(([by, , attack]) => [by, attack]),
      [
        ['eye', 'look'],
        ['hand', 'walk in'],
      ],
    )
    assert.ok(tried.noticed.every(([, ms]) => Number.isSafeInteger(ms) && ms >= 0))
  })

  test('is refuted when one of them finds something on the live system', async () => {
    doors.setLocked(false)
    const record = await run(housed([blind, hand]))
    assert.equal(outcome(record), 'refuted refuted')
  })

  test('is unproven when one overlooks what the other notices: the hole is named', async () => {
    const record = await run(housed([hand, blind]))
    assert.equal(outcome(record), 'unproven sabotage_missed')
    assert.equal(record.note, 'Not noticed: unlocked by blind.')
    assert.deepEqual(
      record.sabotages[0]?.noticed?.map(([by]) => by),
      ['hand'],
    )
  })

  test('is upheld when the blind one is declared blind, and that one is not tried there', async () => {
    const tried: string[] = []
    const watched = {
      ...blind,
      run: async (...given: Parameters<Instrument['run']>) => {
        tried.push(given[0].place)
        return blind.run(...given)
      },
    }
    const record = await run(housed([hand, watched], [{ ...unlocked, beyond: { blind: 'it looks the other way' } }]))
    assert.equal(outcome(record), 'upheld held')
    assert.deepEqual(record.sabotages[0]?.beyond, ['blind'])
    assert.deepEqual(tried, ['live', 'twin'], 'the live system and the untouched twin')
  })

  test('is unproven when a mutation breaks nothing', async () => {
    assert.equal(outcome(await run(housed([eye, hand], [unlocked, painted]))), 'unproven sabotage_missed')
  })

  test('is unproven when one of them does nothing at all', async () => {
    const idle = { ...blind, run: async () => undefined }
    assert.equal(outcome(await run(housed([hand, idle]))), 'unproven empty')
  })

  test('is unproven when the untouched twin does not hold for one of them', async () => {
    const liar: Instrument = {
      ...blind,
      run: async (world, report) => {
        await blind.run(world, report)
        if (world.place === 'twin') report.refute({ attack: 'look', where: 'a wall', saw: 'nothing' })
      },
    }
    const record = await run(housed([hand, liar]))
    assert.equal(outcome(record), 'unproven sabotage_errored')
  })

  test('an instrument is ended by its first finding on a broken twin, and by none on the live system', async () => {
    let wentOn = 0
    const thorough: Instrument = {
      ...hand,
      run: async (world, report) => {
        await rattle(world, report)
        if (world.place === 'twin') wentOn += 1
      },
    }
    doors.setLocked(false)
    assert.equal((await run(housed([eye, thorough]))).findings_total, 4)
    doors.setLocked(true)
    await run(housed([eye, thorough]))
    assert.equal(wentOn, 1, 'the untouched twin alone was looked at to the end')
  })

  test('tries as many twins at once as the stage takes, and writes them down in the order of the claim', async () => {
    let [now, most] = [0, 0]
    const slow = (name: string): Sabotage => ({
      ...unlocked,
      name,
      async apply(twin) {
        now += 1
        most = Math.max(most, now)
        await new Promise(resolve => setTimeout(resolve, name === 'first' ? 50 : 5))
        now -= 1
        return unlock(twin)
      },
    })
    const record = await run(housed([eye, hand], ['first', 'second', 'third'].map(slow)), 2)
    assert.equal(outcome(record), 'upheld held')
    assert.equal(most, 2)
    assert.deepEqual(
      record.sabotages.map(one => one.name),
      ['first', 'second', 'third'],
    )
    assert.equal(doors.twins().left, 0)
  })

  test('no more twins are on their way out than are probed at once, and none is left when the run has ended', async () => {
    let [leaving, most] = [0, 0]
    const slowToGo = (name: string): Sabotage => ({
      ...unlocked,
      name,
      async apply(twin) {
        twin.defer(async () => {
          leaving += 1
          most = Math.max(most, leaving)
          await new Promise(resolve => setTimeout(resolve, 30))
          leaving -= 1
        })
        return unlock(twin)
      },
    })
    const names = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh']
    const record = await run(housed([eye, hand], names.map(slowToGo)), 2)
    assert.equal(outcome(record), 'upheld held')
    assert.equal(most, 2)
    assert.deepEqual([leaving, doors.twins().left], [0, 0])
  })

  test('a run of a hundred sabotages fits into a leaf, however long the attacks are called', async () => {
    const loud: Instrument = {
      ...eye,
      run: (world, report) =>
        eye.run(world, { ...report, refute: finding => report.refute({ ...finding, attack: '🔑'.repeat(100) }) }),
    }
    const many = Array.from({ length: 100 }, (_, place) => ({ ...unlocked, name: `unlocked-by-somebody-${place}` }))
    const record = await run(housed([loud, hand], many))
    assert.equal(outcome(record), 'upheld held')
    assert.ok(Buffer.byteLength(canonicalJson(asJson(record))) <= 16_384)
  })
})

suite('a record with instruments, for whoever reads it', () => {
  const beyond = { eye: 'it looks at the first door alone' }
  const of = (): ProvenClaim => housed([eye, hand], [unlocked, { ...unlocked, name: 'again', beyond }])

  test('is read back as it was written, and the definition of the claim carries every reason', async () => {
    const record = await run(of())
    const read = readLeaf(asJson(record))
    assert.deepEqual(read.kind === 'ours' && read.leaf, record)
    const definition = claimDefinition(of())
    assert.equal(digestOf(definition), claimDigest(of()))
    assert.match(canonicalJson(definition), /it looks at the first door alone/)
    assert.notEqual(claimDigest(housed([eye, hand], [unlocked])), claimDigest(of()))
  })

  const forgeries: Readonly<Record<string, (record: RunRecord) => Partial<RunRecord>>> = {
    'an instrument left out': ({ sabotages }) => ({
      sabotages: sabotages.map(one => ({ ...one, noticed: (one.noticed ?? []).slice(0, 1) })),
    }),
    'nobody at all': ({ sabotages }) => ({ sabotages: sabotages.map(one => ({ ...one, noticed: [] })) }),
    'no word about who': ({ sabotages }) => ({
      sabotages: sabotages.map(({ name, outcome: how }) => ({ name, outcome: how })),
    }),
    'an instrument that nobody knows': ({ sabotages }) => ({
      sabotages: sabotages.map(one => ({ ...one, noticed: [['ear', 1, 'listen'], ...(one.noticed ?? []).slice(1)] })),
    }),
  }
  for (const [name, change] of Object.entries(forgeries)) {
    test(`that calls itself upheld with ${name} is not, for the page and for a stranger`, async () => {
      const honest = await run(of())
      const forged = { ...honest, ...change(honest) }
      assert.equal(carriesUpheld(of(), honest), true)
      assert.equal(carriesUpheld(of(), forged), false)
      assert.deepEqual(doubts(of(), honest), [])
      assert.deepEqual(doubts(of(), forged), ['An instrument did not notice a sabotage that it is meant to.'])
    })
  }

  test('that declares more to be beyond than the claim does is not upheld', async () => {
    const honest = await run(of())
    const sabotages = honest.sabotages.map(one => ({ ...one, beyond: ['eye', 'hand'] }))
    assert.equal(carriesUpheld(of(), { ...honest, sabotages }), false)
  })

  test('a record of a claim with one probe is as it always was', async () => {
    const record = await run(doorClaim())
    assert.deepEqual(record.sabotages, [{ name: 'unlocked', outcome: 'caught' }])
  })
})

suite('a claim with instruments is refused', () => {
  const bad: Readonly<Record<string, () => unknown>> = {
    'with a probe as well': () => claim({ ...doorClaim(), instruments: [eye, hand] }),
    'with neither': () => claim(withoutProbe()),
    'with a single one': () => housed([eye]),
    'with two of one name': () => housed([eye, { ...hand, name: 'eye' }]),
    'with a sabotage beyond all of them': () =>
      housed([eye, hand], [{ ...unlocked, beyond: { eye: 'it is shut', hand: 'it is in a pocket' } }]),
    'with a sabotage beyond one that there is not': () =>
      housed([eye, hand], [{ ...unlocked, beyond: { ear: 'it cannot hear' } }]),
    'with a reason that says nothing': () => housed([eye, hand], [{ ...unlocked, beyond: { eye: 'no' } }]),
    'with more sabotages than a leaf can tell of': () =>
      housed(
        [eye, hand],
        Array.from({ length: 120 }, (_, place) => ({ ...unlocked, name: `${'x'.repeat(50)}${place}` })),
      ),
  }
  for (const [name, make] of Object.entries(bad)) {
    test(name, () => assert.throws(make, { code: 'claims.bad_claim' }))
  }
})

/** What `upheld verify` says, with Node alone. */
function doubts(of: ProvenClaim, record: RunRecord): string[] {
  const leaf: JsonObject = asJson(record)
  const read = readRun(leaf, 0)
  assert.ok(read)
  return doubtsOf(read, claimDefinition(of))
}
