import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import pg from 'pg'
import { fingerprintOf } from '../../src/surfaces/prover/fingerprint.ts'
import { upheldCommand } from './command.ts'
import { openLegacy, shop, tracker, words, wrongRows } from './legacies.ts'

/** One statement each, as psql cuts them: at a semicolon that ends a line, outside of a body in dollars. */
function statementsOf(script: string): readonly string[] {
  const statements: string[] = []
  let open = ''
  for (const line of script.split('\n')) {
    if (open === '' && (line === '' || line.startsWith('--'))) continue
    open += `${line}\n`
    const inBody = open.split('$upheld$').length % 2 === 0
    if (line.endsWith(';') && !inBody) {
      statements.push(open)
      open = ''
    }
  }
  return [...statements, ...(open === '' ? [] : [open])]
}

suite('the plan as a file', () => {
  for (const legacy of [shop, tracker]) {
    test(`${legacy.name}: run by hand it comes to the same catalogue as adopt run, and every row is right`, async () => {
      const [byHand, byRun] = [await openLegacy(legacy, 3_000), await openLegacy(legacy, 3_000)]
      const folder = mkdtempSync(join(tmpdir(), 'upheld-script-'))
      const client = new pg.Client(byHand.adminUrl)
      try {
        const file = join(folder, 'adopt.sql')
        const plan = await upheldCommand([
          'adopt',
          'plan',
          '--database',
          byHand.adminUrl,
          ...words(legacy),
          '--sql',
          file,
        ])
        assert.equal(plan.code, 0, plan.stderr)
        await client.connect()
        for (const statement of statementsOf(readFileSync(file, 'utf8'))) await client.query(statement)
        const run = await upheldCommand(['adopt', 'run', '--database', byRun.adminUrl, ...words(legacy)])
        assert.equal(run.code, 0, run.stderr)
        const lines = async (database: typeof byRun): Promise<readonly string[]> =>
          (await fingerprintOf(database.admin))
            .map(line => line.replaceAll(database.login, 'login'))
            // The salt is another one.
            .filter(line => !line.startsWith('function upheld_adoption.organization_of'))
        assert.deepEqual(await lines(byHand), await lines(byRun))
        assert.deepEqual(
          await wrongRows(byHand.admin, legacy),
          legacy.wrong.map(() => 0),
        )
      } finally {
        await client.end()
        await Promise.all([byHand.close(), byRun.close()])
        rmSync(folder, { recursive: true, force: true })
      }
    })
  }
})
