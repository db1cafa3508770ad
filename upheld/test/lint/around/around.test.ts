import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { aroundRules } from '../../../src/proof/lint/rules/around.ts'
import { compareWithPage, newIds, type Compared } from '../peers/comparison.ts'
import { openField, type Field } from './harness.ts'
import { planted, plantedAround, type Planted } from './index.ts'

const ours = new Set(aroundRules.map(({ id }) => id))

let field: Field
/** What the peer says before anything is planted, by kind of shop; and what it said afterwards. */
let sound: Readonly<Record<Planted['on'], readonly string[]>>
const compared: Compared[] = []
before(async () => {
  field = await openField()
  sound = { foreign: await peersOnSound('foreign'), upheld: await peersOnSound('upheld') }
})
after(() => field.close())

test('every rule has a planted hole', () => {
  assert.deepEqual([...plantedAround].sort(), [...ours].sort())
})

suite('a planted hole is seen, its mend works, and its sound twin is left alone', { concurrency: 2 }, () => {
  for (const one of planted) {
    test(`${one.rule}: ${one.says}`, async context => {
      if (one.extension !== undefined && !(await field.has(one.extension))) {
        context.skip(`this server has no ${one.extension}`)
        return
      }
      await seenAndMended(one)
      await leftAlone(one)
    })
  }
})

test('the published comparison says what was found here', context => {
  // A hole that this server cannot have is in no comparison: then it is made where all of them can be planted.
  if (compared.length < planted.length) {
    context.skip(`${planted.length - compared.length} holes were not planted here`)
    return
  }
  const { found, published } = compareWithPage('around', compared, [...sound.foreign, ...sound.upheld])
  assert.equal(published, found, 'write docs/reference/lint-comparison.md anew with UPHELD_WRITE_REFERENCE=1')
})

async function peersOnSound(on: Planted['on']): Promise<readonly string[]> {
  const plot = await field.plot(on)
  try {
    return (await plot.lintWithPeers()).theirs
  } finally {
    await plot.close()
  }
}

async function seenAndMended(one: Planted): Promise<void> {
  const plot = await field.plot(one.on)
  try {
    await plot.run(one.plant)
    const { report, theirs } = await plot.lintWithPeers()
    const found = report.findings.filter(({ rule }) => rule === one.rule)
    assert.notEqual(found.length, 0, 'not seen')
    compared.push({ rule: one.rule, hole: one.says, theirs: newIds(sound[one.on], theirs) })
    const mend = found.flatMap(finding => finding.mend)
    assert.equal(mend.length > 0, one.mends !== false, `mend: ${mend.join('; ')}`)
    if (one.mends === false) return
    await plot.run(mend)
    const left = (await plot.lint()).findings.filter(({ rule }) => rule === one.rule)
    assert.deepEqual(
      left.map(({ saw }) => saw),
      [],
      `mended with: ${mend.join('; ')}`,
    )
  } finally {
    await plot.run(one.after ?? [])
    await plot.close()
  }
}

async function leftAlone(one: Planted): Promise<void> {
  const plot = await field.plot(one.on)
  try {
    await plot.run(one.twin)
    const report = await plot.lint()
    assert.deepEqual(
      report.findings.filter(({ rule }) => rule === one.rule).map(({ saw }) => saw),
      [],
    )
  } finally {
    await plot.run(one.after ?? [])
    await plot.close()
  }
}

test('a table of the audit log that is not as shipped is judged as any other, and all that the report says makes it as shipped', async () => {
  const plot = await field.plot('upheld')
  try {
    await plot.run([
      'create policy support on upheld_audit.mention for select to upheld_app using (true)',
      'alter table upheld_audit.disclosure no force row level security',
    ])
    const { findings } = await plot.lint()
    const said = findings.map(({ rule, place }) => `${rule} at ${place.label}`)
    assert.ok(said.includes('policy.second-permissive at "support" on upheld_audit.mention'), said.join('; '))
    assert.ok(said.includes('table.row-security-not-forced at upheld_audit.disclosure'), said.join('; '))
    assert.ok(said.every(one => one.startsWith('server.') || /upheld_audit\.(mention|disclosure)$/.test(one)))
    await plot.run(findings.flatMap(({ mend }) => mend))
    const left = (await plot.lint()).findings.filter(({ rule }) => rule !== 'server.release')
    assert.deepEqual(left, [])
  } finally {
    await plot.close()
  }
})

test('on an Upheld without its audit log, that is said once', async () => {
  const plot = await field.plot('upheld')
  try {
    await plot.run([
      'set session_replication_role = replica',
      'drop event trigger upheld_audit_ddl',
      'drop event trigger upheld_audit_drop',
      'drop schema upheld_audit cascade',
      'drop function upheld.record(json), upheld.note_event(json), upheld.note_support(json), upheld.note_reading(text, json), upheld.support_report(uuid), upheld.plan_each_time()',
      'reset session_replication_role',
    ])
    const { findings } = await plot.lint()
    const said = findings.filter(({ rule }) => rule !== 'server.release').map(({ rule, saw }) => `${rule}: ${saw}`)
    assert.deepEqual(said, [
      'upheld.audit-differs: There is no audit log here: what is changed is recorded nowhere. The next start installs it.',
    ])
  } finally {
    await plot.close()
  }
})

for (const on of ['foreign', 'upheld'] as const) {
  test(`a sound ${on} shop gives no finding and leaves nothing open`, async () => {
    const plot = await field.plot(on)
    try {
      const report = await plot.lint()
      const around = report.findings.filter(({ rule }) => ours.has(rule) && rule !== 'server.release')
      assert.deepEqual(around, [])
      assert.deepEqual(
        report.unproven.filter(({ rule }) => ours.has(rule) && rule !== 'server.release'),
        [],
      )
      assert.ok(report.population['tenantTables'] !== undefined && report.population['tenantTables'] >= 2)
    } finally {
      await plot.close()
    }
  })
}
