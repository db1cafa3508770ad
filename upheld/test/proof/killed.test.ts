import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Database } from '../../src/core/ports.ts'
import { attackRows } from '../../src/proof/probes/isolation-rows/prober.ts'
import { probeDatabase } from '../../src/proof/scratch/index.ts'
import { openForeign, shop, type Foreign } from './foreign.ts'
import { proveSystem } from './system.ts'

/** Starts a program of this folder and kills it as soon as `ripe` says so. */
async function killWhen(
  name: string,
  settings: object,
  admin: Database,
  ripe: (admin: Database) => Promise<boolean>,
): Promise<void> {
  const program = fileURLToPath(new URL(name, import.meta.url))
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], { stdio: ['ignore', 'ignore', 'inherit'] })
  const exited = new Promise<string | null>(resolve => child.once('exit', (_, signal) => resolve(signal)))
  while (child.exitCode === null && !(await ripe(admin)));
  child.kill('SIGKILL')
  assert.equal(await exited, 'SIGKILL', 'it had ended before it was killed')
}

async function left(admin: Database): Promise<unknown> {
  const { rows } = await admin.query(`
    select (select count(*)::int from shop.tenant) as tenants, (select count(*)::int from shop.customer) as customers,
      (select count(*)::int from shop.audit) as audit, to_regclass('upheld_probe.journal') is not null as journal`)
  return rows[0]
}

async function logins(admin: Database): Promise<string[]> {
  const { rows } = await admin.query(
    "select coalesce((select entry ->> 'login' from upheld_probe.journal limit 1), '') as name",
  )
  return rows.map(row => String(row['name']))
}

function optionsFor(foreign: Foreign): { scratchUrl: string; appRole: string; evenIfInUse: boolean } {
  return { scratchUrl: foreign.url, appRole: foreign.app, evenIfInUse: true }
}

const there = { tenants: 1, customers: 1, audit: 1, journal: false }

suite('a probe that is killed in the middle', () => {
  const moments: Readonly<Record<string, (admin: Database) => Promise<boolean>>> = {
    'when its login has been made': async admin => {
      const { rows } = await admin.query("select to_regclass('upheld_probe.journal') is not null as made")
      return rows[0]?.['made'] === true
    },
    'when both organizations stand': async admin => (await admin.query('select 1 from shop.tenant')).rowCount === 3,
  }
  for (const [moment, ripe] of Object.entries(moments)) {
    test(`${moment}: the next one removes everything that it left`, async () => {
      const foreign = await openForeign(shop)
      try {
        assert.deepEqual(await left(foreign.admin), there)
        await killWhen('./killed.ts', optionsFor(foreign), foreign.admin, ripe)
        const [login = ''] = await logins(foreign.admin)
        assert.match(login, /^upheld_probe_[0-9a-f]{12}$/)
        const report = await probeDatabase(optionsFor(foreign))
        assert.deepEqual([report.cleaned, report.left, report.verdicts.account], [1, [], 'upheld'])
        assert.deepEqual(await left(foreign.admin), there)
        const { rows } = await foreign.admin.query('select 1 from pg_roles where rolname = $1', [login])
        assert.deepEqual(rows, [])
      } finally {
        await foreign.close()
      }
    })
  }
})

suite('the prober of a live system, killed in the middle', () => {
  test('the next run removes the rows of its organizations, and touches no other', async () => {
    const clinic = { tenantSchemas: ['clinic'], migrations: new URL('../schemas/clinic/', import.meta.url) }
    const system = await proveSystem(clinic)
    try {
      const customer = await system.upheld.createOrganization()
      await customer.sql`insert into clinic.patient (organization_id, id, name) values (${customer.id}, 1, 'Ada')`
      const { adminUrl, urls, key } = system
      const settings = {
        adminUrl,
        urls,
        key: { id: key.id, cell: key.cell, secret: Buffer.from(key.secret).toString('hex') },
        tenantSchemas: clinic.tenantSchemas,
        migrations: clinic.migrations.href,
      }
      const count = async (): Promise<number> => (await system.admin.query('select 1 from clinic.visit')).rowCount
      await killWhen('./live-prober.ts', settings, system.admin, async () => (await count()) === 2)
      assert.equal(await count(), 2)
      const found: string[] = []
      await attackRows(system.stage.live, {
        population: () => undefined,
        observe: () => undefined,
        refute: finding => void found.push(`${finding.attack} at ${finding.where}`),
        signal: new AbortController().signal,
      })
      assert.deepEqual(found, [])
      assert.equal(await count(), 0)
      const { rows } = await system.admin.query('select name from clinic.patient')
      assert.deepEqual(rows, [{ name: 'Ada' }])
    } finally {
      await system.close()
    }
  })
})
