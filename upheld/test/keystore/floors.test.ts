import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { floorsFile } from '../../src/adapters/keystore/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { newOrganizationId } from '../../src/core/ids.ts'
import { mayMount } from '../mounts.ts'

const folder = mkdtempSync(join(tmpdir(), 'upheld-floors-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let made = 0
const fresh = (): string => join(folder, `floors-${++made}`)
const organization = newOrganizationId()

suite('floors in a file', () => {
  test('a floor that was never raised is 0, rises, and never falls', async () => {
    const path = fresh()
    const floors = floorsFile(path, systemClock)
    assert.equal(await floors.read(organization, 'kek'), 0)
    for (const [epoch, floor] of [
      [2, 2],
      [1, 2],
      [7, 7],
      [7, 7],
      [3, 7],
    ] as const) {
      await floors.raise(organization, 'kek', epoch)
      assert.equal(await floors.read(organization, 'kek'), floor)
    }
    assert.equal(await floors.read(organization, 'index'), 0)
    assert.equal(await floors.read(newOrganizationId(), 'kek'), 0)
    assert.equal(await floorsFile(path, systemClock).read(organization, 'kek'), 7)
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  test('what one process raised another sees at its next read', async () => {
    const path = fresh()
    const [one, two] = [floorsFile(path, systemClock), floorsFile(path, systemClock)]
    await one.raise(organization, 'subject:\u2028"\\', 3)
    assert.equal(await two.read(organization, 'subject:\u2028"\\'), 3)
    await two.raise(organization, 'subject:\u2028"\\', 5)
    assert.equal(await one.read(organization, 'subject:\u2028"\\'), 5)
  })

  test('a raise that was cut off anywhere leaves all floors before it, and the next raise is whole', async () => {
    const path = fresh()
    const floors = floorsFile(path, systemClock)
    await floors.raise(organization, 'kek', 2)
    const before = readFileSync(path).length
    await floors.raise(organization, 'index', 4)
    const whole = readFileSync(path).length
    for (let length = before; length < whole; length++) {
      const copy = fresh()
      copyFileSync(path, copy)
      truncateSync(copy, length)
      const read = floorsFile(copy, systemClock)
      assert.equal(await read.read(organization, 'kek'), 2)
      assert.equal(await read.read(organization, 'index'), 0)
      await read.raise(organization, 'links', 9)
      const again = floorsFile(copy, systemClock)
      assert.deepEqual([await again.read(organization, 'kek'), await again.read(organization, 'links')], [2, 9])
    }
  })

  test('a file that is turned back under a running process lowers nothing for it', async () => {
    const path = fresh()
    const floors = floorsFile(path, systemClock)
    await floors.raise(organization, 'kek', 2)
    copyFileSync(path, `${path}.yesterday`)
    await floors.raise(organization, 'kek', 5)
    renameSync(`${path}.yesterday`, path)
    assert.equal(await floors.read(organization, 'kek'), 5)
    rmSync(path)
    await assert.rejects(floors.read(organization, 'kek'), { code: 'keystore.missing' })
  })

  test('a line that is no floor is damage, not nothing', async () => {
    for (const line of ['[]', '{}', 'x', '', '["a","b",0]', '["a","b",1.5]', '["a","b",1,2]', '\0']) {
      const path = fresh()
      writeFileSync(path, `${line}\n`, { mode: 0o600 })
      assert.throws(() => floorsFile(path, systemClock), { code: 'keystore.damaged' }, line)
      const live = fresh()
      const floors = floorsFile(live, systemClock)
      await floors.raise(organization, 'kek', 1)
      appendFileSync(live, `${line}\n`)
      await assert.rejects(floors.read(organization, 'kek'), { code: 'keystore.damaged' }, line)
    }
  })

  test('a file that others can use, and a link in its place, are refused', async () => {
    const path = fresh()
    await floorsFile(path, systemClock).raise(organization, 'kek', 1)
    const link = fresh()
    symlinkSync(path, link)
    assert.throws(() => floorsFile(link, systemClock), { code: 'files.not_a_file' })
    chmodSync(path, 0o644)
    assert.throws(() => floorsFile(path, systemClock), { code: 'files.too_open' })
  })

  test('an epoch and a domain that are none are refused', async () => {
    const floors = floorsFile(fresh(), systemClock)
    for (const epoch of [0, -1, 1.5, Number.NaN, 2 ** 31]) {
      await assert.rejects(floors.raise(organization, 'kek', epoch), { code: 'keystore.bad_record' })
    }
    await assert.rejects(floors.raise(organization, '', 1), { code: 'keystore.bad_record' })
  })

  test('three processes raise at once, one is killed in the middle: the highest of each counts', async () => {
    const path = fresh()
    const program = `
      import { floorsFile } from '${new URL('../../src/adapters/keystore/index.ts', import.meta.url).href}'
      import { systemClock } from '${new URL('../../src/core/clock.ts', import.meta.url).href}'
      const floors = floorsFile(${JSON.stringify(path)}, systemClock)
      for (let epoch = 1; epoch <= 40; epoch++) {
        await floors.raise('${organization}', process.argv[1], epoch)
        if (epoch === 20 && process.argv[1] === 'victim') process.kill(process.pid, 'SIGKILL')
      }`
    const children = ['a', 'b', 'victim'].map(name =>
      spawn(process.execPath, ['--input-type=module', '-e', program, name], { stdio: 'inherit' }),
    )
    await Promise.all(children.map(child => once(child, 'exit')))
    const floors = floorsFile(path, systemClock)
    const read = await Promise.all(['a', 'b', 'victim'].map(name => floors.read(organization, name)))
    assert.deepEqual(read, [40, 40, 20])
  })
})

const skip = mayMount() ? false : 'mounting a small disk is not permitted to this account'

test('a full disk: a floor that was not kept whole is not said to be raised, and all others stay', { skip }, () => {
  const program = new URL('full-disk.ts', import.meta.url).pathname
  const words = ['-m', '--propagation', 'private', process.execPath, program]
  assert.deepEqual(JSON.parse(execFileSync('unshare', words, { encoding: 'utf8' })), {
    code: 'files.disk_full',
    kept: true,
    raisedWithRoom: true,
    keptWithRoom: true,
  })
})
