import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { testPlatform, type TestPlatform } from '../../testing/index.ts'
import type { Organization } from './index.ts'

const clinic = { tenantSchemas: ['clinic'], migrations: new URL('../../../test/schemas/clinic/', import.meta.url) }

suite('an organization is a thing you hold', () => {
  let platform: TestPlatform
  let acme: Organization
  let other: Organization

  before(async () => {
    platform = await testPlatform(clinic)
    acme = await platform.upheld.createOrganization()
    other = await platform.upheld.createOrganization()
    for (const [organization, name] of [
      [acme, 'Ann of acme'],
      [other, 'Ann of other'],
    ] as const) {
      await organization.sql`insert into clinic.patient values (${organization.id}, 1, ${name})`
      await organization.sql`insert into clinic.visit values (${organization.id}, 1, 1, 'first')`
      await organization.sql`insert into clinic.reading values (${organization.id}, '2026-05-01', 1, 36.6)`
    }
  })
  after(() => platform.close())

  test('reads, counts and joins see its own rows only, in tables, views, partitions and leaves', async () => {
    for (const table of ['patient', 'visit', 'visit_count', 'reading', 'reading_2026']) {
      const rows = await acme.query(`select organization_id from clinic.${table}`)
      assert.deepEqual(rows, [{ organization_id: acme.id }], table)
    }
    const joined = await acme.sql`select p.name from clinic.visit v join clinic.patient p on p.id = v.patient_id`
    assert.deepEqual(joined, [{ name: 'Ann of acme' }])
  })

  test('an insert, a move and an upsert into another organization are refused', async () => {
    const refused = { code: '42501', message: /row-level security/ }
    await assert.rejects(acme.sql`insert into clinic.patient values (${other.id}, 9, 'x')`, refused)
    await assert.rejects(acme.sql`update clinic.patient set organization_id = ${other.id}`, refused)
    await assert.rejects(
      acme.sql`insert into clinic.patient values (${other.id}, 1, 'x') on conflict (organization_id, id) do update set name = 'taken'`,
      refused,
    )
  })

  test('updates and deletes that name another organization touch nothing', async () => {
    assert.deepEqual(
      await acme.sql`update clinic.patient set name = 'x' where organization_id = ${other.id} returning 1`,
      [],
    )
    assert.deepEqual(await acme.sql`delete from clinic.patient where organization_id = ${other.id} returning 1`, [])
    assert.deepEqual(await other.sql`select name from clinic.patient`, [{ name: 'Ann of other' }])
  })

  test('a row of another organization cannot be referred to, and a cascade stays at home', async () => {
    await other.sql`insert into clinic.patient values (${other.id}, 50, 'only theirs')`
    await assert.rejects(acme.sql`insert into clinic.visit values (${acme.id}, 9, 50)`, { code: '23503' })
    await acme.sql`insert into clinic.patient values (${acme.id}, 51, 'both')`
    await other.sql`insert into clinic.patient values (${other.id}, 51, 'both')`
    await other.sql`insert into clinic.visit values (${other.id}, 51, 51)`
    await acme.sql`delete from clinic.patient where id = 51`
    assert.deepEqual(await other.sql`select id from clinic.visit where id = 51`, [{ id: 51 }])
  })

  test('a transaction commits as a whole, rolls back as a whole, and its handle dies with it', async () => {
    await acme.transaction(async tx => {
      await tx.sql`insert into clinic.patient values (${acme.id}, 20, 'kept')`
      assert.equal((await tx.sql`select 1 from clinic.patient where id = 20`).length, 1)
    })
    const boom = new Error('boom')
    let kept: { sql: Organization['sql'] } | undefined
    await assert.rejects(
      acme.transaction(async tx => {
        kept = tx
        await tx.sql`insert into clinic.patient values (${acme.id}, 21, 'lost')`
        throw boom
      }),
      boom,
    )
    assert.deepEqual(await acme.sql`select id from clinic.patient where id in (20, 21)`, [{ id: 20 }])
    assert.ok(kept)
    await assert.rejects(kept.sql`select 1`, { code: 'tenancy.transaction_over' })
  })

  test('a transaction whose statement failed cannot be committed by swallowing the error', async () => {
    await assert.rejects(
      acme.transaction(async tx => {
        await tx.sql`insert into clinic.patient values (${acme.id}, 30, 'lost')`
        await tx.sql`select 1 / 0`.catch(() => undefined)
      }),
      { code: 'tenancy.transaction_failed' },
    )
    assert.deepEqual(await acme.sql`select id from clinic.patient where id = 30`, [])
  })

  test('a statement that comes after its transaction failed does not run on its own', async () => {
    let late: Promise<unknown> | undefined
    await assert.rejects(
      acme.transaction(async tx => {
        const failing = tx.sql`select 1 / 0`
        late = failing
          .catch(() => new Promise(resolve => setImmediate(resolve)))
          .then(() => tx.sql`insert into clinic.patient values (${acme.id}, 40, 'late')`)
        late.catch(() => undefined)
        await failing
      }),
      { code: '22012' },
    )
    await assert.rejects(late ?? Promise.resolve(), { code: 'tenancy.transaction_over' })
    assert.deepEqual(await acme.sql`select id from clinic.patient where id = 40`, [])
  })

  test('a transaction that asks its own organization outside of itself is told so and does not wait for ever', async () => {
    const many = Array.from({ length: 12 }, () =>
      acme.transaction(async tx => {
        await tx.sql`select 1`
        return acme.sql`select 2`
      }),
    )
    for (const outcome of await Promise.allSettled(many)) {
      assert.match(outcome.status === 'rejected' ? String(outcome.reason) : 'it answered', /same organization/)
    }
    assert.deepEqual(await acme.sql`select 1 as one`, [{ one: 1 }])
  })

  test('a session that is ended while its transaction waits fails that transaction and nothing else', async () => {
    const ended = acme.transaction(async tx => {
      const [row] = await tx.sql<{ pid: number }>`select pg_backend_pid() as pid`
      await platform.admin.query('select pg_terminate_backend($1)', [row?.pid])
      await new Promise(resolve => setTimeout(resolve, 50))
      await tx.sql`select 1`
    })
    await assert.rejects(ended)
    assert.deepEqual(await acme.sql`select 1 as one`, [{ one: 1 }])
  })

  test('a walk across organizations binds each by itself and leaves its reason behind', async () => {
    const seen: string[] = []
    await platform.upheld.unsafeAcrossOrganizations({ reason: 'counting patients for a test' }, async organization => {
      const rows = await organization.sql<{
        organization_id: string
      }>`select distinct organization_id from clinic.patient`
      assert.deepEqual(rows, [{ organization_id: organization.id }])
      seen.push(organization.id)
    })
    assert.deepEqual(seen, [acme.id, other.id])
    const { rows } = await platform.admin.query('select reason from upheld_guard.crossing')
    assert.deepEqual(rows, [{ reason: 'counting patients for a test' }])
    await assert.rejects(
      platform.upheld.unsafeAcrossOrganizations({ reason: 'because' }, async () => undefined),
      {
        code: 'tenancy.bad_reason',
      },
    )
  })

  test('injected SQL under an organization cannot list, cross into or admit organizations', async () => {
    await assert.rejects(acme.sql`select upheld.cross_organizations('I am curious about others')`, {
      code: 'tenancy.no_crossing',
    })
    await assert.rejects(acme.sql`select upheld.admit_organization(${crypto.randomUUID()})`, {
      code: 'tenancy.no_crossing',
    })
    await assert.rejects(acme.sql`select * from upheld_guard.organization`, { code: '42501' })
  })

  test('an organization id that is not one is refused at the door', () => {
    for (const bad of [
      '',
      'x',
      acme.id.toUpperCase(),
      `${acme.id} `,
      '00000000-0000-0000-0000-000000000000',
      "' or 1=1 --",
    ]) {
      assert.throws(() => platform.upheld.organization(bad), { code: 'core.bad_organization_id' }, bad)
    }
  })

  test('values are bound, never spliced: text that looks like SQL stays text', async () => {
    const hostile = "x'); delete from clinic.patient; --"
    const rows = await acme.sql`select ${hostile}::text as echoed, ${[1, 2]}::int[] as list, ${null}::text as nothing`
    assert.deepEqual(rows, [{ echoed: hostile, list: [1, 2], nothing: null }])
  })
})
