import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { startOwner, type Said } from './start-owner.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const nobody = 65_534
const base = mkdtempSync(join(tmpdir(), 'upheld-places-'))
chmodSync(base, 0o711)
after(() => rmSync(base, { recursive: true, force: true }))

const isRoot = process.getuid?.() === 0
const asRoot = { skip: isRoot ? false : 'needs root: it becomes other users' }
const mayMount = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0
const withMounts = { skip: mayMount ? false : 'needs root and unshare(1): it mounts a file system of its own' }
const othersCanRun =
  isRoot && spawnSync(process.execPath, ['--version'], { uid: nobody, gid: nobody, cwd: '/' }).status === 0
const asOthers = { skip: othersCanRun ? false : 'needs root, and a clone that other users can read' }

function folderOf(name: string, uid = 0, mode = 0o755): string {
  const folder = join(base, name)
  mkdirSync(folder)
  chmodSync(folder, mode)
  if (isRoot) chownSync(folder, uid, uid)
  return folder
}

/** Words that run a program in a mount namespace of its own, after some commands of the shell there. */
function within(commands: string): readonly string[] {
  return ['unshare', '--mount', 'sh', '-ec', `${commands}\nexec "$@"`, 'sh']
}

async function dataFolder({ adminUrl, code, detail }: Said): Promise<string> {
  assert.ok(adminUrl, `${code ?? ''} ${detail ?? ''}`)
  const db = openDatabase(adminUrl, { connectionsMax: 1 })
  const { rows } = await db.query('show data_directory')
  await db.close()
  return String(rows[0]?.['data_directory'])
}

test('a clone below a folder that only root may enter: the data moves, and is found again', asRoot, async () => {
  const state = join(folderOf('closed', 0, 0o700), 'state')
  const first = startOwner(state)
  const data = await dataFolder(await first.said())
  await first.end('SIGTERM')
  try {
    assert.match(data, /^\/var\/lib\/upheld-[0-9a-f]{12}\/postgres-[0-9a-f]{8}$/)
    assert.equal(readlinkSync(join(state, 'postgres')), data)
    assert.equal(statSync(data).mode & 0o777, 0o700)
    const second = startOwner(state)
    assert.equal(await dataFolder(await second.said()), data)
    await second.end('SIGTERM')
  } finally {
    rmSync(dirname(data), { recursive: true, force: true })
  }
  assert.equal((await startOwner(state).said()).code, 'embedded.data_gone', 'no new data is made in its stead')
})

test(
  'a whole clone that only root may enter, with the Postgres of npm: it is copied to where it can be run',
  withMounts,
  async () => {
    const closed = folderOf('closed-clone')
    const owner = startOwner(join(closed, 'state'), {
      binaries: 'npm',
      script: join(closed, 'clone/upheld/test/faults/owner.ts'),
      within: within(
        `mount -t tmpfs -o mode=700 tmpfs '${closed}'; mkdir '${closed}/clone'; mount --bind '${root}' '${closed}/clone'`,
      ),
    })
    const said = await owner.said()
    const data = await dataFolder(said)
    assert.equal(said.source, 'npm')
    assert.match(data, /^\/var\/lib\/upheld-/)
    await owner.end('SIGTERM')
    rmSync(dirname(data), { recursive: true, force: true })
  },
)

test('a container without an account postgres: nobody runs it', withMounts, async () => {
  const passwd = join(folderOf('passwd-nobody'), 'passwd')
  writeFileSync(passwd, `root:x:0:0:root:/root:/bin/sh\nnobody:x:${nobody}:${nobody}:nobody:/nonexistent:/bin/false\n`)
  const state = join(folderOf('nobody'), 'state')
  const owner = startOwner(state, { within: within(`mount --bind '${passwd}' /etc/passwd`) })
  const data = await dataFolder(await owner.said())
  assert.equal(statSync(data).uid, nobody)
  await owner.end('SIGTERM')
})

test('a container with no account but root says so, and touches nothing', withMounts, async () => {
  const passwd = join(folderOf('passwd-root'), 'passwd')
  writeFileSync(passwd, 'root:x:0:0:root:/root:/bin/sh\n')
  const owner = startOwner(join(folderOf('rootonly'), 'state'), {
    within: within(`mount --bind '${passwd}' /etc/passwd`),
  })
  assert.equal((await owner.said()).code, 'embedded.no_account')
})

test('data that an ordinary user made is run as that user by root', asOthers, async () => {
  const state = join(folderOf('handed', nobody), 'state')
  const first = startOwner(state, { uid: nobody })
  const data = await dataFolder(await first.said())
  await first.end('SIGTERM')
  const second = startOwner(state)
  assert.equal(await dataFolder(await second.said()), data)
  await second.end('SIGTERM')
  assert.equal(statSync(data).uid, nobody)
})

test('a user without a name is told so', asOthers, async () => {
  const uid = 54_321
  const owner = startOwner(join(folderOf('nameless', uid), 'state'), { uid })
  assert.equal((await owner.said()).code, 'embedded.no_name')
})

test('a folder that this user may not write to', asOthers, async () => {
  assert.equal(
    (await startOwner(join(folderOf('closed-to-us'), 'state'), { uid: nobody }).said()).code,
    'files.not_writable',
  )
})

test('a file system that is read-only', withMounts, async () => {
  const folder = folderOf('readonly')
  const owner = startOwner(join(folder, 'state'), { within: within(`mount -t tmpfs -o ro tmpfs '${folder}'`) })
  assert.equal((await owner.said()).code, 'files.not_writable')
})

test('a disk that is full', withMounts, async () => {
  const folder = folderOf('full')
  const owner = startOwner(join(folder, 'state'), { within: within(`mount -t tmpfs -o size=8m tmpfs '${folder}'`) })
  assert.equal((await owner.said()).code, 'embedded.disk_full')
})

test('a disk that is full to the last byte', withMounts, async () => {
  const folder = folderOf('fuller')
  const fill = `mount -t tmpfs -o size=64k tmpfs '${folder}'; mkdir '${folder}/state'; head -c 100k /dev/zero > '${folder}/zero' 2>/dev/null || true`
  const owner = startOwner(join(folder, 'state'), { within: within(fill) })
  assert.equal((await owner.said()).code, 'files.disk_full')
})
