import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { UpheldError } from 'upheld'
import {
  mendBreakage,
  noteBreakage,
  pastTheGuard,
  startTestServer,
  testPlatform,
  type TestPlatform,
  type TestServer,
} from 'upheld/testing'
import { openDeskPeople } from '../test/stage.ts'
import { application } from '../upheld.ts'
import { sabotages } from './index.ts'
import { perform } from './perform.ts'

const fingerprintText = readFileSync(new URL('fingerprint.sql', import.meta.url), 'utf8')

suite('what is broken on purpose is whole again afterwards', () => {
  let server: TestServer
  let platform: TestPlatform
  let stateFolder: string
  let note: string
  before(async () => {
    // A sabotage changes roles, and roles belong to the whole server.
    server = await startTestServer()
    platform = await testPlatform(application, server)
    const people = openDeskPeople(platform, 'http://localhost:4180')
    await application.seed(platform.upheld, people)
    await people.close()
    await platform.admin.query("insert into upheld_proof.leaf (index, bytes) values (0, '{}')")
    stateFolder = mkdtempSync(join(tmpdir(), 'upheld-sabotage-'))
    note = join(stateFolder, 'sabotage.json')
  })
  after(async () => {
    await platform.close()
    await server.stop()
    rmSync(stateFolder, { recursive: true })
  })

  async function fingerprint(): Promise<string> {
    const { rows } = await platform.admin.query(fingerprintText)
    return rows.map(row => String(row['line'])).join('\n')
  }

  test('there are at least twelve, each by a name and a sentence of its own', () => {
    assert.ok(sabotages.length >= 12)
    assert.equal(new Set(sabotages.map(({ name }) => name)).size, sabotages.length)
    for (const { name, says } of sabotages) {
      assert.match(name, /^[a-z]+(-[a-z]+)*$/)
      assert.match(says, /^[A-Z].{20,200}\.$/)
    }
  })

  for (const sabotage of sabotages) {
    test(`${sabotage.name}: it breaks something, and its mend leaves no trace`, async () => {
      const whole = await fingerprint()
      const plan = await sabotage.plan(platform.admin, stateFolder)
      assert.equal(await fingerprint(), whole, 'planning changes nothing')
      await pastTheGuard(platform.admin, plan.break)
      assert.notEqual(await fingerprint(), whole)
      await pastTheGuard(platform.admin, plan.mend)
      assert.equal(await fingerprint(), whole)
      await pastTheGuard(platform.admin, plan.mend)
      assert.equal(
        await fingerprint(),
        whole,
        'killed between the note and the break: mending what is whole does no harm',
      )
      const { rows } = await platform.admin.query('select object, fault from upheld_guard.faults()')
      assert.deepEqual(rows, [])
    })
  }

  test('whoever is killed after breaking leaves a note that mends', async () => {
    const whole = await fingerprint()
    for (const sabotage of sabotages) {
      const { name, says } = sabotage
      const { break: broken, mend } = await sabotage.plan(platform.admin, stateFolder)
      noteBreakage(stateFolder, { name, says, mend })
      await pastTheGuard(platform.admin, broken)
      assert.equal((await mendBreakage(stateFolder, platform.admin))?.name, name)
      assert.equal(await mendBreakage(stateFolder, platform.admin), undefined)
    }
    assert.equal(await fingerprint(), whole)
  })

  test('a round that fails is mended all the same', async () => {
    const whole = await fingerprint()
    const [first] = sabotages
    assert.ok(first)
    const seen: string[] = []
    const round = async (): Promise<never> => {
      seen.push(await fingerprint())
      assert.ok(existsSync(note))
      throw new Error('the round died')
    }
    const acts = { stateFolder, admin: platform.admin, round, says: () => undefined }
    await assert.rejects(perform(first, acts), /the round died/)
    assert.equal(seen.length, 1)
    assert.notEqual(seen[0], whole)
    assert.equal(await fingerprint(), whole)
    assert.ok(!existsSync(note))
  })

  test('a mend that fails changes nothing and keeps its note', async () => {
    const whole = await fingerprint()
    noteBreakage(stateFolder, { name: 'a', says: 'b', mend: ['drop table desk.message cascade', 'select nonsense'] })
    await assert.rejects(mendBreakage(stateFolder, platform.admin))
    assert.equal(await fingerprint(), whole)
    assert.ok(existsSync(note))
    rmSync(note)
  })

  test('a note that cannot be read is said to be so, and stays', async () => {
    for (const text of ['', '{', '{}', '{"name":"a","says":"b","mend":"drop"}']) {
      writeFileSync(note, text, { mode: 0o600 })
      await assert.rejects(
        mendBreakage(stateFolder, platform.admin),
        thrown => thrown instanceof UpheldError && thrown.code === 'breakage.bad_note',
      )
      assert.ok(existsSync(note))
    }
    rmSync(note)
  })
})
