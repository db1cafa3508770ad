import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { probeDatabase } from '../../src/proof/scratch/index.ts'
import { upheldCommand } from './command.ts'
import { clinic, openLegacy, openState, shop, tracker, words } from './legacies.ts'

suite('the prober, which knows nothing of adoptions, attacks what was adopted', () => {
  for (const legacy of [shop, clinic, tracker]) {
    test(`${legacy.name}: nothing of one organization comes through to another`, async t => {
      const database = await openLegacy(legacy)
      const state = await openState()
      try {
        const at = ['--database', database.adminUrl]
        const run = await upheldCommand(['adopt', 'run', ...at, ...words(legacy)])
        assert.equal(run.code, 0, run.stderr)
        const finish = await upheldCommand(['adopt', 'finish', ...at, '--state', state.folder, '--yes', database.name])
        assert.equal(finish.code, 0, finish.stderr)
        const report = await probeDatabase({
          scratchUrl: database.adminUrl,
          appRole: 'upheld_app',
          schemas: legacy.schemas.split(','),
          evenIfInUse: true,
        })
        t.diagnostic(JSON.stringify(report.counts))
        assert.equal(report.contextBy, 'upheld')
        assert.deepEqual(
          report.attacks.filter(({ outcome }) => outcome === 'came through'),
          [],
        )
        assert.ok(report.counts.beaten > 250)
        assert.deepEqual(report.left, [])
        // The ledger refuses every change by itself, and not every server counts statements: all else was tried.
        const untried = report.attacks.filter(({ outcome }) => outcome === 'not tried').map(({ where }) => where)
        assert.deepEqual(
          [...new Set(untried)].filter(where => where !== 'pg_stat_statements'),
          legacy === shop ? ['shop.ledger'] : [],
        )
      } finally {
        await database.close()
        state.close()
      }
    })
  }
})
