import { accessSync, constants, existsSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { auditFiles } from '../../adapters/files/index.ts'
import { noneOf, type Fact } from '../../adapters/postgres/inspect/index.ts'
import { fileRootKey } from '../../adapters/kms/index.ts'
import { messageOf } from '../../core/errors.ts'
import type { Database } from '../../core/ports.ts'
import { parseCheckpoint } from '../../core/transparency/index.ts'
import { kekDomain } from '../../foundation/vault/index.ts'
import type { Settings } from './settings.ts'
import type { State } from './system/state.ts'
import { storeOf } from './vault/custody.ts'
import { underWay } from './vault/journal.ts'

// What `upheld doctor` says of the vault, of objects and of the audit logs. Reads only: nothing is made by being looked at.

/** An entry is in its log this soon, as its receipt promises. */
const mergeDelaySecs = 60

const waitingRow = z.tuple([
  z.object({ waiting: z.coerce.number(), late: z.coerce.number(), oldest: z.coerce.number().nullable() }),
])
const keyRow = z.tuple([z.object({ behind: z.coerce.number(), closed: z.coerce.number() })])
const anchorRow = z.array(z.object({ origin: z.string(), size: z.coerce.number() }))

/** Keys on this machine, and the folders of what they seal. */
export async function vaultFacts(state: State, settings: Settings): Promise<readonly Fact[]> {
  const organizations = foldersIn(state.keyFolder)
  const used = organizations.length > 0
  const files = { 'files.root': state.rootKey, 'files.floors': state.floors, 'files.vault': state.keyFolder }
  const closed = Object.entries(files).map(([id, path]) => ownFact(id, path, used))
  return [...closed, await keysFact(state, settings, used), objectsFact(state)]
}

function foldersIn(path: string): string[] {
  return existsSync(path) ? readdirSync(path).filter(name => /^[0-9a-f]{8}-/.test(name)) : []
}

/** Of something that is made when it is first needed: not there yet is well, gone is not. */
function ownFact(id: string, path: string, needed: boolean): Fact {
  const mode = (lstatSync(path, { throwIfNoEntry: false })?.mode ?? -1) & 0o777
  if (!existsSync(path)) {
    if (!needed) return { id, ok: true, says: `${path} is made when something is sealed for the first time.` }
    return {
      id,
      ok: false,
      says: `${path} is gone, and keys are there that need it.`,
      mend: 'Put it back from its backup.',
    }
  }
  if ((mode & 0o077) === 0) return { id, ok: true, says: `${path} is its owner's alone.` }
  const mend = `chmod -R go= ${path}, and rotate what it holds: upheld vault rotate.`
  return { id, ok: false, says: `${path} can be reached by others (mode ${mode.toString(8)}).`, mend }
}

async function keysFact(state: State, settings: Settings, used: boolean): Promise<Fact> {
  const id = 'vault.keys'
  try {
    if (!used) return { id, ok: true, says: 'Nothing was sealed yet.' }
    const root = fileRootKey(state.rootKey).uri
    const store = storeOf(state, settings)
    const faults = underWay(state).map(one => `not finished: ${one}`)
    let keks = 0
    for await (const organization of store.organizations()) {
      const records = (await store.list(organization, kekDomain)).filter(one => one.state !== 'destroyed')
      keks += records.length
      if (records.some(({ wrappedBy }) => wrappedBy !== root)) faults.push(`${organization} under another root key`)
    }
    const fine = `${keks} keys of organizations are under the root key ${root}.`
    return noneOf(id, faults, fine, 'Keys are not as they should be', 'Go on with it: upheld vault rotate --what root.')
  } catch (thrown) {
    return {
      id,
      ok: false,
      says: messageOf(thrown),
      mend: 'See what is lost when a key is lost: the guide of key custody.',
    }
  }
}

function objectsFact({ objects }: State): Fact {
  const id = 'objects.folder'
  if (!existsSync(objects)) return { id, ok: true, says: `${objects} is made with the first object.` }
  try {
    accessSync(objects, constants.R_OK | constants.W_OK | constants.X_OK)
    const { mode } = lstatSync(objects)
    if ((mode & 0o077) === 0) return { id, ok: true, says: `${objects} can be written, and is its owner's alone.` }
    return { id, ok: false, says: `${objects} can be reached by others.`, mend: `chmod go= ${objects}` }
  } catch (thrown) {
    return { id, ok: false, says: messageOf(thrown), mend: 'Give the account of Upheld its folder back.' }
  }
}

/** Whether everything is recorded, and gets into its log in time. */
export async function auditFacts(state: State, admin: Database): Promise<readonly Fact[]> {
  const { rows } = await admin.query(`select to_regclass('upheld_audit.pending') is not null as there`)
  if (rows[0]?.['there'] !== true) {
    const mend = 'The next start of Upheld installs it: upheld up.'
    return [{ id: 'audit.recording', ok: false, says: 'Nothing is recorded: there is no audit log.', mend }]
  }
  return [await recordingFact(admin), await delayFact(admin), await logKeysFact(admin), await headFact(state, admin)]
}

async function recordingFact(admin: Database): Promise<Fact> {
  const { rows } = await admin.query('select object, fault from upheld_audit.faults() order by 1, 2')
  const faults = rows.map(({ object, fault }) => `${String(object)}: ${String(fault)}`)
  const fine = 'Every change of every tenant table is recorded.'
  return noneOf('audit.recording', faults, fine, 'Changes are not recorded', 'The next start mends it: upheld up.')
}

/** Entries that wait longer than was promised: no recorder, one that fails, or a log that does not hold. */
async function delayFact(admin: Database): Promise<Fact> {
  const id = 'audit.delay'
  const { rows } = await admin.query(
    `select count(*) as waiting, count(distinct organization_id) filter (where received_at < clock_timestamp() - make_interval(secs => $1)) as late,
       floor(extract(epoch from clock_timestamp() - min(received_at))) as oldest from upheld_audit.pending`,
    [mergeDelaySecs],
  )
  const [{ waiting, late, oldest }] = waitingRow.parse(rows)
  if (late === 0) {
    return {
      id,
      ok: true,
      says: `${waiting} entries wait for their log, none longer than the promised ${mergeDelaySecs} s.`,
    }
  }
  const says = `Of ${waiting} entries that wait for their log the oldest has waited ${oldest ?? 0} s; ${mergeDelaySecs} s are promised. Organizations: ${late}.`
  const mend =
    'Nothing is lost. Is upheld up running? log/record.log says what fails; a log that does not hold is written no further.'
  return { id, ok: false, says, mend }
}

async function logKeysFact(admin: Database): Promise<Fact> {
  const id = 'audit.keys'
  const { rows } = await admin.query(
    `select count(*) filter (where closed_at is null and key_epoch < (select max(key_epoch) from upheld_audit.log)) as behind,
       count(*) filter (where closed_at is not null and successor is null) as closed from upheld_audit.log`,
  )
  const [{ behind, closed }] = keyRow.parse(rows)
  if (behind === 0 && closed === 0) return { id, ok: true, says: 'Every log is signed with its newest key.' }
  const says = `${behind} logs are signed with a former key, ${closed} closed ones have no successor yet.`
  return {
    id,
    ok: false,
    says,
    mend: 'The recorder does both with the next entry; upheld audit rotate does the first at once.',
  }
}

/** By size alone, so that it needs no key: the recorder compares the trees, and refuses to go on. */
async function headFact({ folder }: State, admin: Database): Promise<Fact> {
  const id = 'audit.head'
  const { rows } = await admin.query(
    'select origin, size from upheld_audit.log where organization_id is null and closed_at is null',
  )
  const [anchor] = anchorRow.parse(rows)
  const kept = existsSync(join(folder, 'audit', 'head')) ? auditFiles(folder).anchor.read() : undefined
  if (kept === undefined) {
    if (anchor === undefined) return { id, ok: true, says: 'No audit log was started yet.' }
    const mend =
      'Without it a database that is turned back is not noticed. Put it back from a backup of the state folder.'
    return { id, ok: false, says: 'The newest head of the audit logs is not kept here.', mend }
  }
  const seen = parseCheckpoint(kept.slice(0, kept.indexOf('\n\n') + 1))
  if (anchor?.origin === seen.origin && anchor.size >= seen.size) {
    return { id, ok: true, says: `The anchor log continues the head that was seen here: ${anchor.size} leaves.` }
  }
  const says = `The anchor log has ${anchor?.size ?? 0} leaves; ${seen.size} were seen here. Nothing more is signed.`
  const mend = 'Restore a newer copy of the database. If there is none: upheld audit succeed.'
  return { id, ok: false, says, mend }
}
