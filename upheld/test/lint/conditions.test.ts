import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openYard, type Plot, type Yard } from './yard.ts'

const tenant = '(select shop.tenant())'

/** True for every row, however it is written. */
const alwaysTrue = [
  'true',
  '1 = 1',
  'note = note',
  'organization_id is not null',
  `organization_id = ${tenant} or true`,
  `organization_id = ${tenant} or number is not null`,
  "(not false) and 'a' = 'a'",
  "organization_id = organization_id and 't'::boolean",
  '(select true)',
  'case when number is null then true else true end',
  'organization_id is not distinct from organization_id',
  'not (organization_id <> organization_id)',
]

/** Binds rows to something else, to everybody's, or in some case to nothing. */
const open = [
  'customer_id > 0',
  "organization_id = '00000000-0000-0000-0000-000000000001'",
  "organization_id = any (array['00000000-0000-0000-0000-000000000001'::uuid])",
  `organization_id = ${tenant} or note = 'shared'`,
  `organization_id = ${tenant} or current_setting('application_name') = 'support'`,
  `organization_id = ${tenant} or (select current_setting('a.support', true)) = 'on'`,
  `organization_id <> ${tenant}`,
  `not (organization_id = ${tenant})`,
  `organization_id >= ${tenant}`,
  `organization_id = coalesce(nullif(current_setting('a.b', true), '')::uuid, organization_id)`,
  `case when number is null then true else organization_id = ${tenant} end`,
  `(organization_id = ${tenant}) is not false`,
  `coalesce(organization_id = ${tenant}, true)`,
  'organization_id in (select organization_id from shop.customer_of_all)',
  'exists (select from shop.customer c where c.id = customer_id and c.name is not null)',
  `organization_id = ${tenant} or exists (select from shop.country)`,
]

/** Holds rows to who asks. */
const sound = [
  `organization_id = shop.tenant()`,
  `${tenant} = organization_id`,
  `organization_id = ${tenant} and customer_id > 0`,
  `not (organization_id <> ${tenant})`,
  `organization_id is not distinct from ${tenant}`,
  `coalesce(organization_id = ${tenant}, false)`,
  'organization_id::text = (select shop.tenant()::text)',
  'organization_id in (select shop.tenant())',
  'organization_id = any (array(select shop.tenant()))',
  `(organization_id = ${tenant}) is true`,
  `case when customer_id > 0 then organization_id = ${tenant} else false end`,
  `(organization_id = ${tenant} and note = 'a') or (note = 'b' and organization_id = ${tenant})`,
  `exists (select from shop.customer c where c.organization_id = invoice.organization_id and c.id = customer_id and c.organization_id = ${tenant})`,
  'false',
]

/** Nobody can tell from its text. */
const unsure = [
  'shop.may_see(organization_id)',
  `lower(organization_id::text) = (select lower(shop.tenant()::text))`,
  `organization_id::varchar(8) = (select shop.tenant()::varchar(8))`,
  `organization_id = (select shop.guess())`,
  `organization_id operator(shop.=) ${tenant}`,
  `(organization_id operator(shop.=) ${tenant}) and ((note is not null) or (not (organization_id operator(shop.=) ${tenant})))`,
  `customer_id::text = (select current_setting('a.customer', true))`,
]

suite('conditions of a policy, by what they mean', () => {
  let yard: Yard
  let plot: Plot
  before(async () => {
    yard = await openYard()
    plot = await yard.open()
    await plot.run(`create function shop.may_see(uuid) returns boolean language sql stable as 'select $1 is not null';
      create function shop.guess() returns uuid language sql stable as 'select gen_random_uuid()';
      create function shop.alike(uuid, uuid) returns boolean language sql immutable as 'select left($1::text, 8) = left($2::text, 8)';
      create operator shop.= (leftarg = uuid, rightarg = uuid, function = shop.alike);
      create table shop.customer_of_all (organization_id uuid primary key)`)
  })
  after(async () => {
    await plot.close()
    await yard.close()
  })

  /** Which rules speak about the policy, and whether what they say is a finding. */
  async function said(condition: string): Promise<readonly string[]> {
    await plot.run(`alter policy tenant on shop.invoice using (${condition})`)
    const report = await plot.lint()
    const about = /^policy\.(always-true|tenant-not-compared|second-permissive|write-unchecked)$/
    return [
      ...report.findings
        .filter(one => about.test(one.rule) && one.place.label === '"tenant" on shop.invoice')
        .map(one => one.rule),
      ...report.unproven.filter(one => one.why.startsWith('"tenant" on shop.invoice')).map(one => `${one.rule}?`),
    ]
  }

  for (const [kind, conditions, expected] of [
    ['true for every row', alwaysTrue, ['policy.always-true']],
    ['open', open, ['policy.tenant-not-compared']],
    ['sound', sound, []],
    ['not to be told', unsure, ['policy.tenant-not-compared?']],
  ] as const) {
    test(kind, async () => {
      const wrong: string[] = []
      for (const condition of conditions) {
        const found = await said(condition)
        if (found.join() !== expected.join()) wrong.push(`${condition}: ${found.join()}`)
      }
      assert.deepEqual(wrong, [])
    })
  }
})
