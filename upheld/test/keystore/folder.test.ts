import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { keyFolder } from '../../src/adapters/keystore/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { newOrganizationId } from '../../src/core/ids.ts'
import type { KeyRecord, KeyStore } from '../../src/foundation/vault/index.ts'
import { keyStoreContract } from './contract.ts'
import { startWorker } from './processes.ts'
import { recordFor } from './records.ts'

const folder = mkdtempSync(join(tmpdir(), 'upheld-keys-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const fresh = (): string => join(folder, randomBytes(5).toString('hex'))
const known = { backupsKeptDays: 0, overwritesInPlace: true }

keyStoreContract('a folder', async () => {
  const place = fresh()
  return { store: keyFolder(place, systemClock), at: { kind: 'folder', place }, close: async () => undefined }
})

function filesIn(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
}

function fileOf(root: string, id: string): string {
  const found = filesIn(root).find(path => /\/\d+\.key$/.test(path) && readFileSync(path, 'utf8').includes(id))
  assert.ok(found)
  return found
}

/** A store with one key, and the file of that key. */
async function withKey(): Promise<{
  root: string
  store: KeyStore
  record: KeyRecord & { wrapped: Buffer }
  file: string
}> {
  const root = fresh()
  const store = keyFolder(root, systemClock, known)
  const record = recordFor(newOrganizationId(), 'kek')
  await store.add(record)
  return { root, store, record, file: fileOf(root, record.id) }
}

suite('keys in a folder', () => {
  test('folders and files are for their owner alone, whatever the umask', async () => {
    const before = process.umask(0)
    try {
      const { root } = await withKey()
      for (const entry of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
        assert.equal(statSync(join(root, entry)).mode & 0o077, 0, entry)
      }
      assert.equal(statSync(root).mode & 0o777, 0o700)
    } finally {
      process.umask(before)
    }
  })

  test('a folder or a file that others can use is refused, and not mended', async () => {
    const { root, store, record, file } = await withKey()
    for (const path of [root, join(root, record.organization), join(root, record.organization, 'kek'), file]) {
      const { mode } = statSync(path)
      chmodSync(path, mode | 0o005)
      await assert.rejects(store.list(record.organization, 'kek'), { code: 'files.too_open' }, path)
      chmodSync(path, mode)
    }
    assert.deepEqual(await store.list(record.organization, 'kek'), [record])
  })

  test('a key of organization A put in the place of B, of another domain or epoch, is refused', async () => {
    const { root, store, record, file } = await withKey()
    const other = recordFor(newOrganizationId(), 'kek')
    await store.add(other)
    await store.add(recordFor(record.organization, 'index'))
    copyFileSync(file, fileOf(root, other.id))
    await assert.rejects(store.list(other.organization, 'kek'), { code: 'keystore.damaged', detail: /another place/ })
    copyFileSync(file, join(root, record.organization, 'index', '1.key'))
    await assert.rejects(store.list(record.organization, 'index'), { code: 'keystore.damaged' })
    copyFileSync(file, join(root, record.organization, 'kek', '2.key'))
    await assert.rejects(store.list(record.organization, 'kek'), { code: 'keystore.damaged' })
  })

  test('links in the place of a key, of a domain and of the folder are refused', async () => {
    const { root, store, record, file } = await withKey()
    renameSync(file, `${file}.real`)
    symlinkSync(`${file}.real`, file)
    await assert.rejects(store.list(record.organization, 'kek'), { code: 'files.not_a_file' })
    symlinkSync(join(root, record.organization, 'kek'), join(root, record.organization, 'index'))
    await assert.rejects(store.list(record.organization, 'index'), { code: 'files.not_a_folder' })
    const link = fresh()
    symlinkSync(root, link)
    assert.throws(() => keyFolder(link, systemClock), { code: 'files.not_a_folder' })
  })

  test('a key file that is cut anywhere, or has one byte changed, is named damaged, never absent', async () => {
    const { store, record, file } = await withKey()
    const text = readFileSync(file)
    for (let at = 0; at < text.length - 1; at++) {
      writeFileSync(file, text.subarray(0, at))
      await assert.rejects(store.list(record.organization, 'kek'), { code: 'keystore.damaged' }, `${at} bytes`)
      const bent = Buffer.from(text)
      bent[at] = (bent[at] ?? 0) ^ 1
      writeFileSync(file, bent)
      await assert.rejects(store.list(record.organization, 'kek'), { code: 'keystore.damaged' }, `byte ${at}`)
    }
  })

  test('a disk that is not mounted is no store without keys: nothing is listed and nothing added', async () => {
    const { root, store, record } = await withKey()
    renameSync(root, `${root}.unmounted`)
    for (const ground of ['gone', 'empty']) {
      if (ground === 'empty') mkdirSync(root, { mode: 0o700 })
      for (const call of [
        () => store.list(record.organization, 'kek'),
        () => store.add(recordFor(record.organization, 'kek', 2)),
        () => store.domains(record.organization),
        () => Array.fromAsync(store.organizations()),
        () => store.changes(),
        () => store.destroy(record),
      ]) {
        await assert.rejects(call, { code: 'keystore.missing' }, ground)
      }
    }
    assert.deepEqual(readdirSync(root), [])
  })

  test('a folder with something else in it is not made a key folder', () => {
    const root = fresh()
    mkdirSync(root, { mode: 0o700 })
    writeFileSync(join(root, 'thesis.txt'), 'x')
    assert.throws(() => keyFolder(root, systemClock), { code: 'keystore.missing' })
    assert.throws(() => keyFolder(join(root, 'thesis.txt'), systemClock), { code: 'files.not_a_folder' })
  })

  test('options that are none are refused', () => {
    assert.throws(() => keyFolder(fresh(), systemClock, { backupsKeptDays: -1 }), { code: 'keystore.bad_options' })
    const misspelt: object = { backupKeptDays: 1 }
    assert.throws(() => keyFolder(fresh(), systemClock, misspelt), { code: 'keystore.bad_options' })
  })
})

suite('a destroyed key in a folder', () => {
  test('its bytes are overwritten, also for whoever holds the file by another name, and no copy is left in the folder', async () => {
    const { root, store, record, file } = await withKey()
    const hardLink = `${root}.link`
    linkSync(file, hardLink)
    const holders = await store.destroy(record)
    assert.deepEqual(
      holders.map(({ holds }) => holds),
      ['gone', 'gone', 'gone'],
    )
    assert.equal(readFileSync(hardLink).includes(record.wrapped.toString('base64')), false)
    for (const path of filesIn(root)) {
      assert.equal(readFileSync(path).includes(record.wrapped.toString('base64')), false, path)
    }
  })

  test('a rewrapped key leaves nothing of its older wrapping, but spares a backup made of hard links', async () => {
    const { root, store, record, file } = await withKey()
    const now = { ...record, wrapped: randomBytes(100) }
    await store.replace(record, now)
    assert.equal(
      filesIn(root).some(path => readFileSync(path).includes(record.wrapped.toString('base64'))),
      false,
    )
    linkSync(file, `${root}.backup`)
    await store.replace(now, { ...now, wrapped: randomBytes(100) })
    assert.ok(readFileSync(`${root}.backup`).includes(now.wrapped.toString('base64')))
  })

  test('brought back with a backup of the folder it is held again, and that is said', async () => {
    const { root, store, record } = await withKey()
    cpSync(root, `${root}.yesterday`, { recursive: true })
    await store.destroy(record)
    rmSync(root, { recursive: true })
    cpSync(`${root}.yesterday`, root, { recursive: true })
    const [tombstone] = await store.list(record.organization, 'kek')
    assert.equal(tombstone?.state, 'active')
    assert.deepEqual(await store.holders(record), [{ store: 'key folder', holds: 'holds' }])
  })

  test('backups are gone after as many days as the operator keeps them, and nobody knows when nobody said', async () => {
    const place = fresh()
    let now = new Date('2026-03-01T00:00:00Z')
    const clock = { now: () => now, monotonicMs: () => performance.now() }
    const store = keyFolder(place, clock, { backupsKeptDays: 30 })
    const record = recordFor(newOrganizationId(), 'kek')
    await store.add(record)
    await store.destroy(record)
    const backups = async (of: KeyStore) =>
      (await of.holders(record)).find(({ store: name }) => name.startsWith('backups'))
    assert.deepEqual(await backups(store), {
      store: 'backups of the key folder',
      holds: 'may hold',
      until: '2026-03-31T00:00:00.000Z',
    })
    now = new Date('2026-03-31T00:00:00Z')
    assert.equal((await backups(store))?.holds, 'gone')
    assert.deepEqual(await backups(keyFolder(place, clock)), { store: 'backups of the key folder', holds: 'may hold' })
    const disk = (await store.holders(record)).find(({ store: name }) => name.startsWith('disk'))
    assert.deepEqual(
      disk,
      { store: 'disk below the key folder', holds: 'may hold' },
      'unless the operator knows better',
    )
  })
})

suite('a process that is killed while it changes keys', () => {
  /** Every ground that a kill can leave: the files beside the key, by the step that it came after. */
  const grounds: readonly [string, (file: string) => void][] = [
    ['a draft half written', file => writeFileSync(`${file}.aaaaaaaaaaaa.draft`, '{"what"', { mode: 0o600 })],
    ['a draft that is whole', file => copyFileSync(file, `${file}.aaaaaaaaaaaa.draft`)],
    ['a draft that was just put in place', file => linkSync(file, `${file}.aaaaaaaaaaaa.draft`)],
    ['a second name for the key in place', file => linkSync(file, `${file}.aaaaaaaaaaaa.old`)],
    ['the file from before, not overwritten yet', file => copyFileSync(file, `${file}.aaaaaaaaaaaa.old`)],
    [
      'the file from before, half overwritten',
      file => writeFileSync(`${file}.aaaaaaaaaaaa.old`, randomBytes(99), { mode: 0o600 }),
    ],
  ]
  for (const [ground, leave] of grounds) {
    test(`after ${ground}: the key is there, can be changed and destroyed, and nothing is left behind`, async () => {
      const { store, record, file } = await withKey()
      leave(file)
      assert.deepEqual(await store.list(record.organization, 'kek'), [record])
      const now = { ...record, wrapped: randomBytes(100) }
      assert.equal(await store.replace(record, now), true)
      assert.deepEqual(await store.list(record.organization, 'kek'), [now])
      leave(file)
      const [held] = await store.list(record.organization, 'kek')
      assert.deepEqual(held, now)
      await store.destroy(now)
      assert.deepEqual(readdirSync(join(file, '..')), ['1.key'])
      assert.equal((await store.holders(now))[0]?.holds, 'gone')
    })
  }

  test('after the tombstone is in place and before the key is overwritten: it is said to be held, until it is swept', async () => {
    const { store, record, file } = await withKey()
    copyFileSync(file, `${file}.keep`)
    await store.destroy(record)
    renameSync(`${file}.keep`, `${file}.aaaaaaaaaaaa.old`)
    assert.equal((await store.holders(record))[0]?.holds, 'holds')
    assert.equal((await store.destroy(record))[0]?.holds, 'gone')
  })

  test('kill -9 at any moment, twelve times over: no kept key is lost, no destroyed one is back, every file can be read', async () => {
    const place = fresh()
    const store = keyFolder(place, systemClock, known)
    const organization = newOrganizationId()
    const said: [string, string, string][] = []
    for (let round = 0; round < 12; round++) {
      const worker = await startWorker({ kind: 'folder', place }, organization)
      worker.say(`churn r${round} 100000`)
      for (let lines = 0; lines < 3 + round * 2; lines++) note(await worker.next())
      await worker.kill()
      for (let line = await worker.next(); line !== undefined; line = await worker.next()) note(line)
    }
    function note(line: string | undefined): void {
      const [what, domain, id] = (line ?? '').split(' ')
      if (what !== undefined && domain !== undefined && id !== undefined) said.push([what, domain, id])
    }
    const gone = new Set(said.filter(([what]) => what === 'gone').map(([, domain]) => domain))
    for (const [, domain, id] of said) {
      const [key] = await store.list(organization, domain)
      assert.equal(key?.id, id, `${domain} is lost`)
      if (gone.has(domain)) assert.equal(key.state, 'destroyed', `${domain} is back`)
    }
    assert.ok(said.length > 100)
    // Whatever the last kill left is swept by the next change of that domain, by whomever.
    for (const domain of await store.domains(organization)) {
      const [key] = await store.list(organization, domain)
      assert.ok(key)
      assert.equal((await store.destroy(key))[0]?.holds, 'gone')
    }
    // A key that was never said to be kept can leave its draft: nobody uses it, and the next change there sweeps it.
    const left = filesIn(place).filter(path => /\.(draft|old)$/.test(path))
    assert.deepEqual(
      left.filter(path => existsSync(join(path, '..', '1.key'))),
      [],
    )
  })
})
