import { readdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../../../core/clock.ts'
import { organizationId, type OrganizationId } from '../../../core/ids.ts'
import type { Holder, KeyDomain, KeyRecord, KeyStore } from '../../../foundation/vault/index.ts'
import { refuse } from '../errors.ts'
import { locked } from '../locked.ts'
import { assertRecord, assertSameKey, equalRecords, isOrganization, tombstoneOf } from '../record.ts'
import { domainsIn } from './domains.ts'
import { holdersOf } from './holders.ts'
import { folderOf, makeFolderOf, noteChange, prepareRoot, readChange } from './place.ts'
import { readRecord, recordText } from './record-file.ts'
import { leftovers, putInstead, putNew, sweep } from './replaced.ts'

const form = z.strictObject({
  /** How long a backup of the folder is kept; 0 when there is none. Not given: nobody knows. */
  backupsKeptDays: z.number().min(0).max(36_500).optional(),
  /**
   * What you know of the storage below: a write to a file takes the place of the bytes before. Not so on flash, in a
   * snapshot, on a copy-on-write or network file system.
   */
  overwritesInPlace: z.boolean().optional(),
})
export type KeyFolderOptions = z.input<typeof form>

interface Folder {
  readonly root: string
  readonly clock: Clock
  readonly options: z.output<typeof form>
}

/**
 * Wrapped keys as files: `<organization>/<domain>/<epoch>.key`, for processes of one machine.
 * @throws keystore.bad_options, keystore.missing, files.too_open, files.not_a_folder, files.not_writable
 */
export function keyFolder(path: string, clock: Clock, options: KeyFolderOptions = {}): KeyStore {
  const parsed = form.safeParse(options)
  if (!parsed.success) throw refuse.bad_options({ detail: z.prettifyError(parsed.error) })
  const at: Folder = { root: resolve(path), clock, options: parsed.data }
  prepareRoot(at.root)
  return Object.freeze({
    list: async (organization: OrganizationId, domain: KeyDomain) => list(at, organization, domain),
    domains: async (organization: OrganizationId) => {
      readChange(at.root)
      return domainsIn(join(at.root, organization))
    },
    organizations: () => organizations(at),
    changes: async () => readChange(at.root),
    add: (record: KeyRecord) => add(at, record),
    replace: (was: KeyRecord, now: KeyRecord) => replace(at, was, now),
    destroy: (record: KeyRecord) => destroy(at, record),
    holders: async (tombstone: KeyRecord) => holders(at, tombstone),
  })
}

function list({ root }: Folder, organization: OrganizationId, domain: KeyDomain): readonly KeyRecord[] {
  const folder = folderOf(root, organization, domain)
  if (folder === undefined) return []
  return readdirSync(folder)
    .map(name => Number(/^([1-9]\d{0,9})\.key$/.exec(name)?.[1]))
    .filter(epoch => !Number.isNaN(epoch))
    .sort((a, b) => a - b)
    .map(epoch => readRecord(join(folder, nameOf(epoch)), { organization, domain, epoch }))
    .filter(record => record !== undefined)
}

async function* organizations({ root }: Folder): AsyncIterable<OrganizationId> {
  readChange(root)
  for (const name of (await readdir(root)).sort()) {
    if (isOrganization(name) && (await domainsIn(join(root, name), 1)).length > 0) yield organizationId(name)
  }
}

async function add({ root, clock }: Folder, record: KeyRecord): Promise<boolean> {
  assertRecord(record)
  const folder = makeFolderOf(root, record.organization, record.domain)
  return locked(join(folder, 'lock'), clock, () => {
    tidy(folder, record)
    return putNew(folder, nameOf(record.epoch), recordText(record))
  })
}

async function replace({ root, clock }: Folder, was: KeyRecord, now: KeyRecord): Promise<boolean> {
  assertRecord(was)
  assertRecord(now)
  assertSameKey(was, now)
  const folder = folderOf(root, was.organization, was.domain)
  if (folder === undefined) return false
  return locked(join(folder, 'lock'), clock, () => {
    tidy(folder, was)
    const found = readRecord(join(folder, nameOf(was.epoch)), was)
    if (found === undefined || !equalRecords(found, was)) return false
    putInstead(folder, nameOf(was.epoch), recordText(now), false)
    noteChange(root)
    return true
  })
}

async function destroy(at: Folder, record: KeyRecord): Promise<readonly Holder[]> {
  const folder = folderOf(at.root, record.organization, record.domain)
  if (folder === undefined) throw refuse.no_such_key()
  await locked(join(folder, 'lock'), at.clock, () => {
    const found = readRecord(join(folder, nameOf(record.epoch)), record)
    if (found?.id !== record.id) throw refuse.no_such_key()
    if (found.state !== 'destroyed') {
      const tombstone = tombstoneOf(found, at.clock.now().toISOString())
      putInstead(folder, nameOf(record.epoch), recordText(tombstone), true)
    }
    tidy(folder, record)
    noteChange(at.root)
  })
  return holders(at, record)
}

/** Reads again what is there: a key that came back with a backup is held again. */
function holders(at: Folder, key: KeyRecord): readonly Holder[] {
  const folder = folderOf(at.root, key.organization, key.domain)
  const found = folder === undefined ? undefined : readRecord(join(folder, nameOf(key.epoch)), key)
  const left = folder === undefined ? [] : leftovers(folder).filter(name => name.startsWith(`${nameOf(key.epoch)}.`))
  if (found === undefined) throw refuse.no_such_key()
  return holdersOf(at.root, found, left.length > 0, at.options, at.clock.now())
}

/** What a killed process left is overwritten before anything else happens here. */
function tidy(folder: string, place: KeyRecord): void {
  sweep(folder, name => {
    const epoch = Number.parseInt(name, 10)
    return readRecord(join(folder, name), { ...place, epoch })?.state === 'destroyed'
  })
}

function nameOf(epoch: number): string {
  return `${epoch}.key`
}
