import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openYard, type Yard } from './yard.ts'

const condition = "organization_id = nullif(current_setting('shop.context', true), '')::uuid"

/** Holes that stand beside a smaller fault of the same policies, whose mend must not bring them back. */
const holes: readonly (readonly [name: string, sql: string])[] = [
  [
    'a condition that is open and calls for every row',
    `alter policy tenant on shop.invoice using (${condition} or current_setting('shop.support', true) = 'on')`,
  ],
  [
    'a value that is written unchecked, and calls for every row',
    `alter policy tenant on shop.invoice using (${condition}) with check (current_setting('shop.context', true) is not null)`,
  ],
  ['a second policy that is first by name', 'create policy a_second on shop.invoice using (true)'],
  ['a second policy that is last by name', "create policy z_second on shop.invoice using (note = '' or true)"],
  [
    'a policy of somebody else that shows everything',
    `create role {auditor} nologin; drop policy tenant on shop.invoice; create policy all_of_it on shop.invoice to {auditor} using (true)`,
  ],
]

suite('all that a report says to run, run in its order', { concurrency: 3 }, () => {
  let yard: Yard
  before(async () => {
    yard = await openYard()
  })
  after(() => yard.close())

  for (const [name, sql] of holes) {
    test(`${name}: nothing is open afterwards, and the application still has its policy`, async () => {
      const plot = await yard.open()
      try {
        await plot.run(sql)
        const planted = await plot.lint()
        assert.ok(planted.findings.some(one => one.rule.startsWith('policy.')))
        await plot.mend(planted.findings)
        const mended = await plot.lint()
        assert.deepEqual(
          mended.findings
            .filter(one => one.severity !== 'low' && one.rule.startsWith('policy.'))
            .map(one => `${one.rule} at ${one.place.label}`),
          [],
        )
        const { rows } = await plot.database.query(
          "select polname::text as name from pg_policy where polrelid = 'shop.invoice'::regclass",
        )
        assert.ok(rows.length > 0)
      } finally {
        await plot.close()
      }
    })
  }

  test('the list of organizations asks as the other tables ask', async () => {
    const plot = await yard.open()
    try {
      await plot.run(`create table shop.organization (id uuid primary key, name text not null);
        alter table shop.organization owner to {owner}; grant select on shop.organization to {app};
        alter table shop.invoice add foreign key (organization_id) references shop.organization (id) not valid`)
      const planted = await plot.lint()
      const [open] = planted.findings.filter(one => one.rule === 'table.directory-open')
      assert.equal(open?.place.label, 'shop.organization')
      assert.match(open.mend.join('; '), /USING \(\("id" = \( SELECT shop\.tenant\(\) AS tenant\)\)\)/)
    } finally {
      await plot.close()
    }
  })
})
