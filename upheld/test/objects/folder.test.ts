import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { folderBlobs } from '../../src/adapters/objects/folder/index.ts'
import { all, list, noise, noiseAt } from './bytes.ts'
import { folderStore, type FolderStore } from './stores.ts'
import { mayMount } from '../mounts.ts'

// Who: another account of the machine, or whoever can put something into the folder. What it would cost: files of this
// account read or overwritten through a link, or objects that others can read.

suite('a folder of objects', () => {
  let store: FolderStore
  let outside: string
  beforeEach(async () => {
    store = await folderStore()
    outside = mkdtempSync(join(tmpdir(), 'upheld-outside-'))
    writeFileSync(join(outside, 'secret'), 'outside')
  })
  afterEach(async () => {
    await store.close()
    rmSync(outside, { recursive: true })
  })

  const refused = { code: 'blobs.not_plain' }

  test('folders are 0700 and files 0600, whatever the mask of the process', async () => {
    const before = process.umask(0)
    try {
      await store.blobs.put('a/b/c', noise(10))
    } finally {
      process.umask(before)
    }
    for (const folder of ['', 'a', 'a/b', '.drafts'])
      assert.equal(statSync(join(store.path, folder)).mode & 0o777, 0o700)
    assert.equal(statSync(join(store.path, 'a/b/c')).mode & 0o777, 0o600)
  })

  test('a link in the place of a blob is neither read nor written through, nor measured nor listed', async () => {
    mkdirSync(join(store.path, 'x'), { mode: 0o700 })
    symlinkSync(join(outside, 'secret'), join(store.path, 'x', 'one'))
    await assert.rejects(store.blobs.get('x/one'), refused)
    await assert.rejects(store.blobs.size('x/one'), refused)
    await assert.rejects(store.blobs.put('x/one', noise(5)), refused)
    await assert.rejects(store.blobs.put('x/one', noise(5), { replace: true }), refused)
    await assert.rejects(list(store.blobs.list('')), refused)
    assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'outside')
    await store.blobs.remove('x/one')
    assert.deepEqual(readdirSync(outside), ['secret'])
    assert.deepEqual(await list(store.blobs.list('')), [])
  })

  test('a link in the place of a folder leads nowhere', async () => {
    symlinkSync(outside, join(store.path, 'x'))
    for (const ask of [
      () => store.blobs.get('x/secret'),
      () => store.blobs.size('x/secret'),
      () => store.blobs.put('x/new', noise(5)),
      () => store.blobs.remove('x/secret'),
      () => list(store.blobs.list('')),
    ]) {
      await assert.rejects(ask(), refused)
    }
    assert.deepEqual(readdirSync(outside), ['secret'])
  })

  test('a pipe, a socket’s place or a folder where a blob should be holds nobody up', async () => {
    execFileSync('mkfifo', [join(store.path, 'pipe')])
    mkdirSync(join(store.path, 'folder'))
    for (const key of ['pipe', 'folder']) {
      await assert.rejects(store.blobs.get(key), refused)
      await assert.rejects(store.blobs.put(key, noise(5), { replace: true }), refused)
    }
    await store.blobs.put('file', noise(5))
    await assert.rejects(store.blobs.put('file/below', noise(5)), refused)
    await assert.rejects(store.blobs.get('file/below'), refused)
  })

  test('a folder that others can use is not opened', async () => {
    for (const mode of [0o750, 0o701, 0o777]) {
      chmodSync(store.path, mode)
      await assert.rejects(folderBlobs({ path: store.path }), { code: 'blobs.too_open' })
    }
  })

  test('a place that is a file, or lies below one, is a code', async () => {
    await assert.rejects(folderBlobs({ path: join(outside, 'secret') }), { code: 'blobs.not_plain' })
    await assert.rejects(folderBlobs({ path: join(outside, 'secret', 'below') }), { code: 'blobs.not_plain' })
  })

  test('a blob that is cut while it is read is an error, not an end', async () => {
    await store.blobs.put('cut', noise(1_000_000))
    const bytes = await store.blobs.get('cut')
    execFileSync('truncate', ['-s', '300000', join(store.path, 'cut')])
    await assert.rejects(all(bytes), { code: 'blobs.cut' })
  })

  test('what a killed process left is never seen, and is cleared away a day later', async () => {
    const program = `
      import { folderBlobs } from ${JSON.stringify(new URL('../../src/adapters/objects/folder/index.ts', import.meta.url).href)}
      const blobs = await folderBlobs({ path: process.argv[1] })
      async function* endless() { for (;;) { yield new Uint8Array(1 << 20); process.stdout.write('.'); await new Promise(r => setTimeout(r, 5)) } }
      await blobs.put('never/there', endless())`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, store.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for (let seen = 0; seen < 3; seen += 1) await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal(await store.drafts(), 1)
    assert.equal(await store.blobs.size('never/there'), undefined)
    assert.deepEqual(await list(store.blobs.list('')), [])
    await folderBlobs({ path: store.path })
    assert.equal(await store.drafts(), 1)
    const [draft = ''] = readdirSync(join(store.path, '.drafts'))
    const old = Date.now() / 1000 - 25 * 60 * 60
    utimesSync(join(store.path, '.drafts', draft), old, old)
    await folderBlobs({ path: store.path })
    assert.equal(await store.drafts(), 0)
  })

  test('no path stands in an error', async () => {
    symlinkSync(outside, join(store.path, 'canary'))
    const thrown: unknown = await store.blobs.get('canary/x').then(
      () => undefined,
      (error: unknown) => error,
    )
    assert.ok(thrown instanceof Error)
    for (const told of [store.path, 'canary']) assert.ok(!thrown.message.includes(told))
  })

  test('a blob that was renamed or linked in the folder is what it is called there: the seal above tells', async () => {
    await store.blobs.put('one', noise(50))
    linkSync(join(store.path, 'one'), join(store.path, 'two'))
    renameSync(join(store.path, 'one'), join(store.path, 'three'))
    assert.deepEqual(await list(store.blobs.list('')), ['three', 'two'])
    assert.deepEqual(await all(await store.blobs.get('two')), noiseAt(0, 50))
  })
})

const skip = mayMount() ? false : 'mounting a small disk is not permitted to this account'

test(
  'a full disk: one code, nothing half stored, what was there stays, and it goes on when there is room',
  { skip },
  () => {
    const program = new URL('full-disk.ts', import.meta.url).pathname
    const output = execFileSync('unshare', ['-m', '--propagation', 'private', process.execPath, program], {
      encoding: 'utf8',
    })
    assert.deepEqual(JSON.parse(output), {
      large: 'blobs.full',
      replacing: 'blobs.full',
      drafts: 0,
      listed: ['kept'],
      kept: true,
      again: true,
    })
  },
)
