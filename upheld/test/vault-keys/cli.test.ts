import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { writeContextKey } from '../../src/adapters/keys/index.ts'
import { keyFolder } from '../../src/adapters/keystore/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { platformOptions } from '../../src/surfaces/cli/system/platform.ts'
import { stateAt, type State } from '../../src/surfaces/cli/system/state.ts'
import { passwordsByName, sealed, type Sealed } from '../../src/foundation/tenancy/index.ts'
import { testPlatform, type TestPlatform } from '../../src/testing/index.ts'
import { upheld, type Organization, type Upheld } from '../../src/upheld.ts'
import { statesIn, vaultCommand } from './command.ts'
import { token } from './keys.ts'
import { ward } from './lab.ts'

suite('keys of the vault from the command line', () => {
  let platform: TestPlatform
  let state: State
  let running: Upheld
  let organization: Organization
  const row = '6b1ffb02-6a0d-4c0a-8f6d-d4b2f7c7b001'

  before(async () => {
    platform = await testPlatform(ward)
    state = stateAt(mkdtempSync(join(tmpdir(), 'upheld-vault-cli-')))
    mkdirSync(state.keys, { mode: 0o700 })
    const password = new URL(platform.urls.app).password
    const roles = passwordsByName(() => password)
    writeFileSync(state.logins, JSON.stringify(roles), { mode: 0o600 })
    writeContextKey(state.contextKey, platform.key)
    running = upheld(platformOptions(state, platform.urls))
    organization = await running.createOrganization()
    await organization.sql`insert into ward.token (organization_id, id, secret, secret_index)
      values (${organization.id}, ${row}, ${sealed({ ...token, row }, 'a secret')}, ${Buffer.alloc(16)})`
  })
  after(async () => {
    await running.close()
    await platform.close()
    rmSync(state.folder, { recursive: true })
  })

  const vault = (words: readonly string[], interruptAt?: string) =>
    vaultCommand(
      { folder: state.folder, adminUrl: platform.adminUrl },
      words,
      interruptAt === undefined ? undefined : { at: interruptAt, by: 'SIGINT' },
    )
  const reveals = async (): Promise<string> => {
    const reader = organization.as({ type: 'member', id: 'test', purpose: 'test', opens: ['*'] })
    const rows = await reader.sql<{ id: string; secret: Sealed }>`select id, secret from ward.token where id = ${row}`
    const [found] = await reader.open(rows)
    return found?.secret.reveal() ?? ''
  }
  const journals = () => readdirSync(state.keys).filter(name => name.startsWith('rotation-'))

  test('what is asked wrongly gives one coded error and changes nothing', async () => {
    const wrong = [
      [['rotate'], 'cli.bad_option'],
      [['rotate', '--what', 'all'], 'cli.bad_option'],
      [['rotate', '--what', 'root', '--organization', organization.id], 'cli.bad_option'],
      [['rotate', '--what', 'kek', '--organization', 'acme'], 'cli.bad_option'],
      [['rotate', '--what', 'kek', '--dry'], 'cli.unknown_option'],
      [['shred'], 'cli.bad_option'],
      [['shred', '--organization', organization.id, '--yes', 'yes'], 'cli.bad_option'],
    ] as const
    const answers = await Promise.all(wrong.map(async ([words, code]) => ({ words, code, ...(await vault(words)) })))
    for (const { words, code, exitCode: exit, err, out } of answers) {
      assert.equal(exit, 64, words.join(' '))
      assert.ok(err.startsWith(code), err)
      assert.equal(out, '')
    }
    assert.deepEqual(journals(), [])
    assert.equal(await reveals(), 'a secret')
  })

  test('a dry run says what would happen, and status what there is', async () => {
    const plan = await vault(['rotate', '--what', 'data', '--dry-run', '--json'])
    assert.deepEqual(JSON.parse(plan.out), { what: 'data', organizations: 1, keys: 1, values: 1, dryRun: true })
    const status = await vault(['status', '--organization', organization.id])
    assert.match(status.out, /active +table:ward\.token epoch 1/)
    assert.match((await vault(['status'])).out, /Organizations with keys: 1\. KEKs: 1, destroyed: 0\./)
  })

  test('a rotation that was stopped with Ctrl-C goes on with the same command, and begins no second one', async () => {
    const words = ['rotate', '--what', 'kek', '--settle-secs', '3']
    const cut = await vault(words, 'seconds until')
    assert.equal(cut.exitCode, 70, cut.err)
    assert.match(cut.err, /the same command goes on/)
    assert.deepEqual(journals(), ['rotation-kek.json'])
    assert.equal(await reveals(), 'a secret')
    assert.match((await vault(['status'])).out, /Not finished: upheld vault rotate --what kek/)
    const done = await vault(words)
    assert.equal(done.exitCode, 0, done.err)
    assert.match(done.err, /Going on with the rotation/)
    assert.deepEqual(journals(), [])
    const { out } = await vault(['status', '--organization', organization.id, '--json'])
    assert.deepEqual(statesIn(out, 'kek'), ['1 destroyed', '2 active'])
    assert.equal(await reveals(), 'a secret')
  })

  test('root and data keys change under a running application, and the audit log says so', async () => {
    const root = await vault(['rotate', '--what', 'root'])
    assert.equal(root.exitCode, 0, root.err)
    assert.match(root.out, /1 keys of 1 organizations are under file:root\.key#2 now/)
    const data = await vault(['rotate', '--what', 'data', '--settle-secs', '1'])
    assert.equal(data.exitCode, 0, data.err)
    assert.match(data.out, /1 old keys are destroyed, 1 values sealed anew/)
    assert.equal(await reveals(), 'a secret')
    const { rows } = await platform.admin.query('select row_to_json(p) as event from upheld_audit.pending p')
    const text = JSON.stringify(rows)
    for (const what of [
      'key.made',
      'key.activated',
      'key.retired',
      'key.rewrapped',
      'key.floor-raised',
      'key.destroyed',
    ]) {
      assert.ok(text.includes(what), what)
    }
  })

  test('an erasure of somebody who is not known, such as a mistyped id, is never said to be done', async () => {
    const words = ['shred', '--organization', organization.id, '--subject', 'mistyped']
    assert.match((await vault(words)).out, /There was never a key of this person/)
    const done = await vault([...words, '--yes', 'mistyped'])
    assert.equal(done.exitCode, 2, done.err)
    assert.match(done.out, /There was never a key of this person/)
    assert.doesNotMatch(done.out, /Destroyed/)
  })

  test('the key of objects changes under a running application: what is there is sealed anew, and the old key is gone', async () => {
    const objects = running.objects.of(organization.id)
    const put = await objects.put('plan.txt', Buffer.from('a plan'), { contentType: 'text/plain' })
    await objects.put('empty', Buffer.alloc(0), { contentType: 'text/plain' })
    // Long enough for the application to hear of it: what it puts later is under the new key.
    const { out, err, exitCode } = await vault(['rotate', '--what', 'objects', '--settle-secs', '6'])
    assert.equal(exitCode, 0, err)
    assert.match(out, /1 old keys are destroyed, 2 objects sealed anew\./)
    assert.match(err, /objects sealed anew/)
    const status = await vault(['status', '--organization', organization.id, '--json'])
    assert.deepEqual(statesIn(status.out, 'objects'), ['1 destroyed', '2 active'])
    // Rows and links that name a version go on.
    const found = await objects.get('plan.txt', { version: put.version })
    assert.equal(Buffer.concat(await Array.fromAsync(found?.bytes ?? [])).toString(), 'a plan')
    assert.deepEqual(found?.facts, put)
    assert.deepEqual(journals(), [])
  })

  test('an object that was altered keeps the old key, and is said', async () => {
    const objects = running.objects.of(organization.id)
    await objects.put('whole', Buffer.from('whole'), { contentType: 'text/plain' })
    const before = new Set(files(state.objects))
    await objects.put('broken', Buffer.from('broken'), { contentType: 'text/plain' })
    const [broken = ''] = files(state.objects).filter(path => !before.has(path))
    const bytes = readFileSync(broken)
    bytes.writeUInt8(bytes.readUInt8(60) ^ 1, 60)
    writeFileSync(broken, bytes)
    const words = ['rotate', '--what', 'objects', '--settle-secs', '1']
    const kept = await vault(words)
    assert.equal(kept.exitCode, 2, kept.err)
    assert.match(kept.out, /1 objects of .* could not be done: their old key is kept/)
    assert.deepEqual(journals(), ['rotation-objects.json'])
    assert.equal(String((await Array.fromAsync((await objects.get('whole'))?.bytes ?? []))[0]), 'whole')
    rmSync(broken)
    assert.equal((await vault(words)).exitCode, 0)
    assert.deepEqual(journals(), [])
  })

  test('the key of links changes: those that are out go on opening, and the old key is kept until the last has ended', async () => {
    const objects = running.objects.of(organization.id)
    await objects.put('linked', Buffer.from('linked'), { contentType: 'text/plain' })
    const link = await objects.link('linked', { lastsSecs: 3_600 })
    const { out, err, exitCode } = await vault(['rotate', '--what', 'links', '--settle-secs', '1'])
    assert.equal(exitCode, 2, err)
    assert.match(out, /Links of 1 organizations may still be out under the old keys, the last until 20/)
    const status = await vault(['status', '--organization', organization.id, '--json'])
    assert.deepEqual(statesIn(status.out, 'links'), ['1 decrypt-only', '2 active'])
    assert.match((await vault(['status'])).out, /Not finished: upheld vault rotate --what links/)
    const answer = await running.objects.serve(new Request(`http://desk.example${link}`))
    assert.deepEqual([answer.status, await answer.text()], [200, 'linked'])
  })

  test('a root key in a key service is not replaced by one in a file: one refusal says what to do', async () => {
    const aside = join(state.keys, 'aside.key')
    renameSync(state.rootKey, aside)
    try {
      const { exitCode, err } = await vault(['rotate', '--what', 'root'])
      assert.equal(exitCode, 64)
      assert.match(err, /^cli\.root_elsewhere/)
      assert.match(err, /rewrapKeys/)
    } finally {
      renameSync(aside, state.rootKey)
    }
    const store = keyFolder(state.keyFolder, systemClock)
    const [was] = (await store.list(organization.id, 'kek')).filter(one => one.state === 'active')
    assert.ok(was !== undefined)
    const elsewhere = { ...was, wrappedBy: 'awskms:root.key' }
    assert.equal(await store.replace(was, elsewhere), true)
    const { exitCode, err } = await vault(['rotate', '--what', 'root'])
    assert.equal(await store.replace(elsewhere, was), true)
    assert.equal(exitCode, 64, err)
    assert.match(err, /^cli\.root_elsewhere.*awskms:root\.key/s)
    assert.equal(await reveals(), 'a secret')
  })

  const files = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap(one =>
      one.isFile() ? [join(one.parentPath, one.name)] : [],
    )

  test('shredding asks for its confirmation, names who may hold a copy, and says destroyed only when nobody may', async () => {
    const words = ['shred', '--organization', organization.id]
    const plan = await vault(words)
    assert.equal(plan.exitCode, 0, plan.err)
    assert.match(plan.out, /Nothing was changed\. To do it: add --yes/)
    assert.equal(await reveals(), 'a secret')
    const done = await vault([...words, '--yes', organization.id])
    assert.equal(done.exitCode, 2, done.err)
    assert.match(done.out, /may hold +backups of the key folder/)
    assert.match(done.out, /Pending/)
    // The application that runs beside it is told within seconds, and does not wait for its memory to be over.
    const gone = async (): Promise<unknown> => {
      for (;;) {
        const thrown = await reveals().then(
          () => undefined,
          (failed: unknown) => failed,
        )
        if (thrown !== undefined) return thrown
        await new Promise(resolve => setTimeout(resolve, 200))
      }
    }
    assert.equal(Reflect.get(Object(await gone()), 'code'), 'vault.key_destroyed')
    assert.match((await vault(['status', '--organization', organization.id])).out, /were destroyed/)
  })
})
