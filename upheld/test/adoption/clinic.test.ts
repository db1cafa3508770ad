import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { differences, fingerprintOf } from '../../src/surfaces/prover/fingerprint.ts'
import { oldApplication } from './at-work.ts'
import { upheldCommand } from './command.ts'
import { clinic, countRows, digests, openLegacy, openState, words, wrongRows, type LegacyDatabase } from './legacies.ts'

suite('clinics of 204,000 rows, whose tables mostly reach their tenant through others', () => {
  let database: LegacyDatabase
  const on = (...args: readonly string[]): readonly string[] => ['adopt', ...args, '--database', database.adminUrl]

  before(async () => (database = await openLegacy(clinic, clinic.full.n)))
  after(() => database.close())

  test('undo, killed on its way, gives back the very catalogue and every row', async () => {
    assert.ok((await countRows(database.admin, clinic.schemas)) >= clinic.full.rows)
    const catalogue = await fingerprintOf(database.admin)
    const rows = await digests(database.admin, clinic.schemas)
    const adopt = async (): Promise<void> => {
      const run = await upheldCommand([...on('run', '--pause-ms', '0'), ...words(clinic)])
      assert.equal(run.code, 0, run.stderr)
    }
    await adopt()
    assert.notDeepEqual(await fingerprintOf(database.admin), catalogue)
    for (const form of [/Take back: reference/, /Take back: key/, /Take back: required/, /Take back: column/]) {
      for (let tries = 1; ; tries++) {
        const undo = await upheldCommand(on('undo'), line => form.test(line))
        if (undo.code === null) break
        // It was over before the signal arrived: once more from the beginning.
        assert.equal(undo.code, 0, undo.stderr)
        assert.ok(tries < 5, `never killed at ${form.source}`)
        await adopt()
      }
    }
    const undo = await upheldCommand(on('undo'))
    assert.equal(undo.code, 0, undo.stderr)
    assert.deepEqual(differences(await fingerprintOf(database.admin), catalogue), [])
    assert.deepEqual(await digests(database.admin, clinic.schemas), rows)
    assert.match((await upheldCommand(on('undo'))).stderr, /adoption\.not_started/)
  })

  test('undo in the middle of a run that was killed, while the old application works', async t => {
    const catalogue = await fingerprintOf(database.admin)
    const old = await oldApplication(clinic, database)
    for (const form of [
      /organization_id of clinic\.notes becomes/,
      /Build the unique key/,
      /Add .* of clinic\.notes anew/,
    ]) {
      const killed = await upheldCommand([...on('run', '--pause-ms', '0'), ...words(clinic)], line => form.test(line))
      assert.equal(killed.code, null, killed.stderr)
    }
    const undo = await upheldCommand(on('undo'))
    assert.equal(undo.code, 0, undo.stderr)
    const { statements, longestMs, failures } = await old.stop()
    t.diagnostic(`${statements} old statements, the longest ${Math.round(longestMs)} ms`)
    assert.deepEqual(failures, [])
    assert.deepEqual(differences(await fingerprintOf(database.admin), catalogue), [])
  })

  test('then adopted for good, with the old application at work until the last step', async t => {
    const old = await oldApplication(clinic, database)
    const run = await upheldCommand([...on('run', '--pause-ms', '0'), ...words(clinic)])
    assert.equal(run.code, 0, run.stderr)
    const { statements, longestMs, failures, kept } = await old.stop()
    t.diagnostic(`${statements} old statements, the longest ${Math.round(longestMs)} ms`)
    assert.deepEqual(failures, [])
    assert.deepEqual(
      await wrongRows(database.admin, clinic),
      clinic.wrong.map(() => 0),
    )
    const there = await database.admin.query('select from clinic.patients where number = any ($1)', [kept])
    assert.equal(there.rowCount, kept.length)
    const state = await openState()
    try {
      const finish = await upheldCommand([...on('finish'), '--yes', database.name, '--state', state.folder])
      assert.equal(finish.code, 0, finish.stderr)
      t.diagnostic(finish.stdout.split('\n')[0] ?? '')
    } finally {
      state.close()
    }
    assert.deepEqual((await database.admin.query('select * from upheld_guard.faults()')).rows, [])
  })
})
