import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { suite, test } from 'node:test'
import { logKeys, readAuditLog } from '../../src/foundation/audit/index.ts'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import { openLab, type Lab } from './lab.ts'

const program = fileURLToPath(new URL('./recorder-process.ts', import.meta.url))

function start(lab: Lab, ...more: readonly string[]) {
  const child = spawn(process.execPath, [program, lab.urls.record, lab.folder, ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (part: Buffer) => (text += part.toString()))
  const ended = once(child, 'exit').then(([code, signal]) => ({ code: Number(code), signal: String(signal), text }))
  return { child, ended }
}

/** Every id that was recorded, once and in its own log; no log has a gap, none a leaf that was not recorded. */
async function assertWhole(
  lab: Lab,
  organizations: readonly Organization[],
  recorded: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  const keys = logKeys(lab.files.seeds())
  for (const { id } of organizations) {
    const view = await readAuditLog(lab.record, id, keys)
    assert.deepEqual(
      view.leaves.map(({ value }) => value['id']),
      recorded.get(id),
    )
  }
  const anchor = await readAuditLog(lab.record, null, keys)
  assert.equal(lab.files.anchor.read(), anchor.checkpoint)
}

const recordedIn = async (lab: Lab): Promise<Map<string, string[]>> => {
  const { rows } = await lab.admin.query('select organization_id as o, id from upheld_audit.pending order by seq')
  const recorded = new Map<string, string[]>()
  for (const { o, id } of rows) recorded.set(String(o), [...(recorded.get(String(o)) ?? []), String(id)])
  return recorded
}

suite('recorders as processes', () => {
  test('8. killed by -9 at every step: no gap, no double, and the head outside goes on where it was', async () => {
    const lab = await openLab()
    try {
      const organizations = [await lab.tenancy.createOrganization(), await lab.tenancy.createOrganization()]
      const all = new Map<string, string[]>()
      let deaths = 0
      for (let dieAt = 1; ; dieAt += 1) {
        for (const one of organizations) {
          await one.sql`insert into shop.note (organization_id) values (${one.id})`
          await one.sql`insert into shop.note (organization_id) values (${one.id})`
        }
        const waiting = await recordedIn(lab)
        const { signal, text } = await start(lab, String(dieAt)).ended
        if (signal !== 'SIGKILL') {
          for (const [o, ids] of waiting) all.set(o, [...(all.get(o) ?? []), ...ids])
          assert.match(text, /logged/)
          break
        }
        deaths += 1
        // What a death left behind is either waiting as before, or logged as a whole.
        const left = await recordedIn(lab)
        for (const [o, ids] of waiting) {
          const logged = ids.filter(id => left.get(o)?.includes(id) !== true)
          all.set(o, [...(all.get(o) ?? []), ...logged])
        }
      }
      assert.ok(deaths >= 14, `${deaths} steps`)
      assert.deepEqual(await lab.pending(), [])
      await assertWhole(lab, organizations, all)
    } finally {
      await lab.close()
    }
  })

  test('17. the application is killed by -9 in the middle of changes: of each, both the rows and the entries are there, or neither', async () => {
    const lab = await openLab()
    try {
      const o = await lab.tenancy.createOrganization()
      const changing = fileURLToPath(new URL('./changing-process.ts', import.meta.url))
      for (let life = 0; life < 3; life += 1) {
        const child = spawn(process.execPath, [changing, lab.urls.app, lab.key.secret.toString('hex'), o.id], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        let changes = 0
        const enough = new Promise<void>(resolve => {
          child.stdout.on('data', (part: Buffer) => {
            changes += part.length
            if (changes >= 20 + life) resolve()
          })
        })
        await enough
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      // Its transactions end when the server notices that nobody is there any more.
      const busy = `select 1 from pg_stat_activity where usename = 'upheld_app' and datname = current_database() and application_name <> '' and state <> 'idle'`
      while ((await lab.admin.query(busy)).rows.length > 0) await new Promise(resolve => setTimeout(resolve, 20))
      const { rows } = await lab.admin.query(`
        select (select count(*) from shop.note) as rows,
          (select count(*) * 2 from upheld_audit.pending where body ->> 'action' = 'row.insert') as changed,
          (select count(*) * 2 from upheld_audit.pending where body ->> 'action' = 'note.written') as told`)
      const [inserted, changed, told] = ['rows', 'changed', 'told'].map(name => rows[0]?.[name])
      assert.ok(Number(inserted) >= 60)
      assert.deepEqual([changed, told], [inserted, inserted])
    } finally {
      await lab.close()
    }
  })

  test('7. two recorders at once, one of them killed in between: every entry once, every log whole', async () => {
    const lab = await openLab()
    try {
      const organizations = await Promise.all(Array.from({ length: 5 }, () => lab.tenancy.createOrganization()))
      const [first, second] = [start(lab, '0', 'forever'), start(lab, '0', 'forever')]
      const counts = new Map<string, number>()
      for (let i = 0; i < 60; i += 1) {
        await Promise.all(
          organizations.map(async one => {
            await one.sql`insert into shop.note (organization_id) values (${one.id})`
            counts.set(one.id, (counts.get(one.id) ?? 0) + 1)
          }),
        )
        if (i === 40) first.child.kill('SIGKILL')
      }
      while ((await lab.pending()).length > 0) await new Promise(resolve => setTimeout(resolve, 20))
      second.child.kill('SIGKILL')
      await Promise.all([first.ended, second.ended])
      const keys = logKeys(lab.files.seeds())
      for (const { id } of organizations) {
        const view = await readAuditLog(lab.record, id, keys)
        assert.equal(view.size, counts.get(id))
        assert.equal(new Set(view.leaves.map(({ value }) => value['id'])).size, view.size)
      }
      await lab.recorder()
      await readAuditLog(lab.record, null, keys)
    } finally {
      await lab.close()
    }
  })
})
