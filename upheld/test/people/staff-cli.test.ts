import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { testPeople, type TestPeople } from '../../src/testing/index.ts'

interface Ran {
  readonly exitCode: number | null
  readonly out: string
  readonly err: string
}

const listed = z.object({ staff: z.array(z.object({ email: z.string(), grants: z.number(), stale: z.boolean() })) })

suite('the operator’s people from the command line', () => {
  let people: TestPeople
  let folder: string
  const main = fileURLToPath(new URL('../../src/surfaces/cli/main.ts', import.meta.url))
  before(async () => {
    people = await testPeople()
    folder = mkdtempSync(join(tmpdir(), 'upheld-staff-cli-'))
  })
  after(async () => {
    await people.close()
    rmSync(folder, { recursive: true })
  })

  function staff(...words: readonly string[]): Promise<Ran> {
    const place = ['--state', folder, '--database', people.platform.adminUrl]
    const child = spawn(process.execPath, [main, 'staff', ...words, ...place], { stdio: ['ignore', 'pipe', 'pipe'] })
    const said = { out: '', err: '' }
    child.stdout.on('data', (part: Buffer) => (said.out += part.toString()))
    child.stderr.on('data', (part: Buffer) => (said.err += part.toString()))
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', exitCode => resolve({ exitCode, ...said }))
    })
  }
  const all = async (...words: readonly string[]) =>
    listed.parse(JSON.parse((await staff('list', '--json', ...words)).out)).staff

  test('an account becomes one of the operator’s people by its address, is listed, and leaves with every grant', async () => {
    const personId = await people.person('ina@operator.example')
    const added = await staff('add', 'INA@operator.example')
    assert.deepEqual([added.exitCode, added.err], [0, ''])
    assert.match(added.out, /no second factor yet/)
    const owner = await people.person('owner@acme.example')
    const { organization, memberIds } = await people.organization('Acme', [{ personId: owner, roles: ['owner'] }])
    const grant = randomUUID()
    await organization.as({ type: 'member', id: memberIds[0] ?? '', purpose: 'support' })
      .sql`select upheld.grant_support(${grant}, ${personId}, false, 600, '{}', ${randomBytes(64)})`
    assert.deepEqual(await all(), [{ email: 'ina@operator.example', grants: 1, stale: false }])
    const ended = await staff('end', 'ina@operator.example')
    assert.equal(ended.exitCode, 0)
    assert.match(ended.out, /Grants that ended with it: 1/)
    const { rows } = await people.platform.admin.query(
      'select ended_at from upheld_guard.support_grant where id = $1',
      [grant],
    )
    assert.notEqual(rows[0]?.['ended_at'], null)
    const again = await staff('end', 'ina@operator.example')
    assert.deepEqual([again.exitCode, /cli\.no_staff/.test(again.err)], [64, true])
  })

  test('nobody is staff and a member, nobody is made up, and an address that is none is refused', async () => {
    const member = await staff('add', 'owner@acme.example')
    assert.notEqual(member.exitCode, 0)
    assert.match(member.err, /support\.staff_is_no_member/)
    const nobody = await staff('add', 'nobody@operator.example')
    assert.deepEqual([nobody.exitCode, /cli\.unknown_person/.test(nobody.err)], [64, true])
    assert.match((await staff('add', "' or true --")).err, /identity\.bad_email/)
    assert.deepEqual(await all(), [])
  })

  test('who was not here for 90 days is asked about', async () => {
    const personId = await people.person('old@operator.example')
    await Promise.all([staff('add', 'old@operator.example'), staff('add', 'ina@operator.example')])
    await people.platform.admin.query(
      `update upheld_identity.staff set added_at = now() - interval '91 days' where person_id = $1`,
      [personId],
    )
    const stale = await staff('list', '--stale')
    assert.equal(stale.exitCode, 2)
    assert.match(stale.out, /old@operator\.example.*never here/)
    assert.ok(!stale.out.includes('ina@operator.example'))
    await staff('end', 'old@operator.example')
    assert.equal((await staff('list', '--stale')).exitCode, 0)
  })
})
