import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { floorsFile } from '../../src/adapters/keystore/index.ts'
import { newOrganizationId, type OrganizationId } from '../../src/core/ids.ts'
import { systemClock } from '../../src/core/clock.ts'

// Raises floors on a real disk of three pages, mounted in a mount namespace of this process's own, until it is full, and
// says what it met: one page for the floors, one for their lock, one that is taken.

const folder = mkdtempSync(join(tmpdir(), 'upheld-full-'))
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12k,mode=700', 'tmpfs', folder])
writeFileSync(join(folder, 'taken'), 'x')
const path = join(folder, 'floors.json')
const floors = floorsFile(path, systemClock)
const raised: OrganizationId[] = []
let code = 'it never was full'
for (let n = 0; n < 100; n++) {
  const organization = newOrganizationId()
  try {
    await floors.raise(organization, 'kek', 7)
    raised.push(organization)
  } catch (thrown) {
    code = String(Reflect.get(Object(thrown), 'code'))
    break
  }
}
const kept = async (): Promise<boolean> => {
  const again = floorsFile(path, systemClock)
  const read = await Promise.all(raised.map(organization => again.read(organization, 'kek')))
  return read.length > 50 && read.every(epoch => epoch === 7)
}
const met = { code, kept: await kept(), raisedWithRoom: false, keptWithRoom: false }
rmSync(join(folder, 'taken'))
raised.push(newOrganizationId())
await floors.raise(raised.at(-1) ?? newOrganizationId(), 'kek', 7)
met.raisedWithRoom = true
met.keptWithRoom = await kept()
execFileSync('umount', [folder])
rmSync(folder, { recursive: true })
process.stdout.write(JSON.stringify(met))
